using Xunit;

namespace LlamaSpan.UnitTests.Cache;

public class SequencePoolTests
{
    [Fact]
    public void Running_and_kept_sequences_have_budgets_of_their_own()
    {
        SequencePool pool = new(running: 2, kept: 1);
        Assert.Equal(4, pool.Size);
        Sequence first = pool.TakeForRunning(), second = pool.TakeForRunning();
        Assert.False(pool.CanRun);
        Assert.Throws<InvalidOperationException>(() => pool.TakeForRunning());
        pool.Keep();
        Assert.True(pool.CanRun);
        Assert.False(pool.CanKeep);
        Assert.Throws<InvalidOperationException>(pool.Keep);
        Sequence third = pool.TakeForRunning();
        Assert.Equal(4, new[] { first, second, third, pool.Scratch }.Distinct().Count());
        pool.Return(first, running: false);
        pool.Return(second, running: true);
        pool.Return(third, running: true);
        Assert.True(pool.CanRun && pool.CanKeep);
    }
}
