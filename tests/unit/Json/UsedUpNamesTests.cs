using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Where names may not repeat and few begin in a certain way, none is begun that cannot be ended.</summary>
public class UsedUpNamesTests
{
    [Theory]
    [InlineData("^[a-c]{1,4}$", 2)]
    [InlineData("^(0|[1-9][0-9]?)$", 2)]
    [InlineData("^(a|b+)$", 1)]
    public void Drawing_names_never_ends_in_a_dead_end(string pattern, int minimum)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(
            $$"""{"type":"object","propertyNames":{"pattern":"{{pattern}}"},"additionalProperties":{"const":0},"minProperties":{{minimum}}}""",
            new() { Whitespace = JsonWhitespace.None });
        for (int seed = 0; seed < 40; seed++)
            Assert.NotNull(RandomInstances.Draw(grammar.CreateConstraint(RandomInstances.Vocabulary), new Random(seed), each: CheckMask));
    }

    private static void CheckMask(JsonConstraint constraint)
    {
        ulong[] mask = constraint.AllowedMask().ToArray();
        for (int token = 0; token < constraint.VocabularySize; token++)
            Assert.Equal(constraint.IsAllowed(new LlamaToken(token)), (mask[token / 64] >> (token % 64) & 1) != 0);
    }
}
