using Xunit;

namespace LlamaSpan.UnitTests.Inference;

public sealed class ProcessorCoresTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData(" 0-3,8,10-11\n", new[] { 0, 1, 2, 3, 8, 10, 11 })]
    public void A_list_of_the_kernel_is_read(string list, int[] expected) => Assert.Equal(expected, ProcessorCores.ParseList(list));

    [Theory]
    [InlineData("0-7", 4)]
    [InlineData("0,4", 1)]
    [InlineData("0-1,5", 2)]
    public void Two_threads_of_a_core_count_once_and_what_is_not_allowed_not_at_all(string allowed, int expected) =>
        Assert.Equal(expected, ProcessorCores.LinuxCores($"Name:\tx\nCpus_allowed_list:\t{allowed}\nMems_allowed:\t1", processor => $"{processor % 4},{(processor % 4) + 4}"));

    [Fact]
    public void Where_the_machine_does_not_tell_its_threads_each_is_a_core() => Assert.Equal(3, ProcessorCores.LinuxCores("Cpus_allowed_list:\t1-3", _ => null));

    [Fact]
    public void A_status_that_does_not_tell_the_processors_is_refused() => Assert.Throws<FormatException>(() => ProcessorCores.LinuxCores("Name:\tx\n", _ => null));

    [Fact]
    public void This_process_has_some() => Assert.InRange(ProcessorCores.Physical, 1, Environment.ProcessorCount);
}
