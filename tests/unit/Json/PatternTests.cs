using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Patterns are found in random texts just where .NET's own engine finds them, over characters that both read alike.</summary>
public class PatternTests
{
    private const string Characters = "ab_ -";

    private static readonly string[] s_atoms = ["a", "b", "_", " ", "-", ".", "\\w", "\\W", "\\s", "[ab]", "[^a]", "[b-z-]", "\\x61", "(?<n>a|b)"];

    private static readonly string[] s_assertions = ["\\b", "\\B", "^", "$"];

    [Fact]
    public void Random_patterns_are_found_where_they_are()
    {
        var random = new Random(4);
        (int found, int missed, int refused) = (0, 0, 0);
        int rounds = TestRun.IsLong ? 30_000 : 1500;
        for (int i = 0; i < rounds; i++)
        {
            string pattern = Pattern(random);
            var regex = new Regex(pattern.Replace("\\B", "(?!\\b)")); // .NET takes \W+ before \B for atomic, and misses what it finds here
            JsonGrammar? grammar;
            try
            {
                grammar = Compile(pattern);
            }
            catch (GrammarException e) when (e.Message.Contains("more than 6000 states"))
            {
                refused++;
                continue;
            }
            for (int j = 0; j < 20; j++)
            {
                string text = new([.. Enumerable.Range(0, random.Next(7)).Select(_ => Characters[random.Next(Characters.Length)])]);
                bool matches = regex.IsMatch(text);
                Assert.True(matches == (grammar?.IsValid(Encoding.UTF8.GetBytes($"\"{text}\"")) ?? false), $"'{pattern}' in '{text}': {matches}");
                (found, missed) = matches ? (found + 1, missed) : (found, missed + 1);
            }
        }
        Assert.True(found > 3000 && missed > 3000 && refused < rounds / 500, $"{found} found, {missed} missed, {refused} refused");
    }

    [Theory]
    [InlineData("\\bfoo\\b", "a foo!", "afoo")]
    [InlineData("^\\w+\\b.\\B", "ab !", "ab c")]
    [InlineData("^\\B$", "", "a")]
    [InlineData("^(?=.*\\bred\\b).{1,9}$", "so red", "sored")]
    [InlineData("é\\b", "éa", "é")] // a word is of ASCII characters, without the flag i
    [InlineData("^.{0,10000}$", "a", "a\n")]
    [InlineData("^[a-z]{2000,9000}$", null, "ab")]
    public void Word_boundaries_and_long_repetitions_are_understood(string pattern, string? found, string missed)
    {
        JsonGrammar grammar = Compile(pattern)!;
        found ??= new string('A', 4000);
        if (pattern.Contains("a-z"))
            found = found.ToLowerInvariant();
        Assert.True(Admits(found), found);
        Assert.False(Admits(missed), missed);

        bool Admits(string text) => grammar.IsValid(Encoding.UTF8.GetBytes(JsonValue.Create(text).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
    }

    /// <summary>Strings that a pattern is found in; null if there are none.</summary>
    private static JsonGrammar? Compile(string pattern)
    {
        try
        {
            return JsonGrammar.FromSchema(new JsonObject { ["type"] = "string", ["pattern"] = pattern }.ToJsonString());
        }
        catch (GrammarException refusal) when (refusal.Message.Contains("no value satisfies"))
        {
            return null;
        }
    }

    private static string Pattern(Random random) => random.Next(6) switch
    {
        0 => $"^(?={Alternatives(random, 1)}){Alternatives(random, 1)}",
        1 => $"^(?!{Alternatives(random, 1)})(?:{Alternatives(random, 2)})$",
        2 => $"{Sequence(random, 1)}(?={Alternatives(random, 1)})",
        _ => Alternatives(random, 2),
    };

    private static string Alternatives(Random random, int depth) =>
        string.Join('|', Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(_ => Sequence(random, depth)));

    private static string Sequence(Random random, int depth) => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(5) switch
    {
        0 => s_assertions[random.Next(s_assertions.Length)],
        1 when depth > 0 => $"(?:{Alternatives(random, depth - 1)}){Quantifier(random)}",
        _ => s_atoms[random.Next(s_atoms.Length)] + Quantifier(random),
    }));

    private static string Quantifier(Random random) => random.Next(8) switch { 0 => "*", 1 => "+", 2 => "?", 3 => "{2}", 4 => "{1,2}?", 5 => "{0,1}", _ => "" };

    /// <summary>Names may match any of the patterns together, in too many ways to tell them all apart: those that match one or none still come.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(12)]
    public void Many_patterns_of_names_leave_names_that_match_one_or_none(int patterns)
    {
        string[] words = ["alpha.one", "beta.two", "gamma.three", "delta.four", "epsilon.five", "zeta.six", "eta.seven", "theta.eight", "iota.nine", "kappa.ten", "lambda.eleven", "mu.twelve"];
        string members = string.Join(',', words.Take(patterns).Select(word => $$"""
            "{{word}}.*":{"type":"integer"}
            """));
        JsonGrammar grammar = JsonGrammar.FromSchema($$"""{"type":"object","patternProperties":{ {{members}} },"additionalProperties":{"type":"string"} }""");
        Assert.True(grammar.IsValid("""{"epsilon.five.x":1,"other":"a","the alpha.one":2}"""u8));
        Assert.False(grammar.IsValid("""{"epsilon.five.x":"a"}"""u8));
        Assert.False(grammar.IsValid("""{"other":1}"""u8));
        Assert.False(grammar.IsValid("""{"alpha.one beta.two":"a"}"""u8));
    }
}
