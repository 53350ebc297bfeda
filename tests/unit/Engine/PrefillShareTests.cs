using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Engine;

public class PrefillShareTests
{
    [Fact]
    public void The_first_prompt_gets_half_at_least_and_nobody_more_than_there_is() =>
        Gen.Select(Gen.Int[1, 2048], Gen.Int[1, 4000].Array[1, 12]).Sample((room, prompts) =>
        {
            int left = room;
            for (int i = 0; i < prompts.Length && left > 0; i++)
            {
                int share = PrefillShare.Of(left, prompts[i], i, prompts.Length - 1 - i);
                Assert.InRange(share, 1, Math.Min(left, prompts[i]));
                if (i == 0)
                    Assert.True(share >= Math.Min(prompts[0], room / 2));
                left -= share;
            }
        });

    [Fact]
    public void One_prompt_gets_all() => Assert.Equal(512, PrefillShare.Of(512, 2000, 0, 0));
}
