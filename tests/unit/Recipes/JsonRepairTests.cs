using System.Text;
using System.Text.Json.Nodes;
using LlamaSpan.TestSupport.Repair;
using Xunit;

namespace LlamaSpan.UnitTests.Recipes;

/// <summary>Broken JSON becomes valid, and says what it said before.</summary>
public class JsonRepairTests(ITestOutputHelper output)
{
    [Fact]
    public void Restores_at_least_95_percent_of_1000_damaged_objects_without_a_model()
    {
        RepairCorpus corpus = new(20270301);
        DamageKind[] kinds = Enum.GetValues<DamageKind>();
        var (exact, total) = (new int[kinds.Length], new int[kinds.Length]);
        int invalid = 0;
        for (int i = 0; i < 1000; i++)
        {
            DamageKind kind = kinds[i % kinds.Length];
            (JsonObject record, string good, string damaged) = corpus.Damaged(kind);
            JsonRepairResult repaired = JsonRepair.ForDescription(RepairCorpus.Describe(record)).Repair(damaged);
            total[(int)kind]++;
            exact[(int)kind] += repaired.Json == good ? 1 : 0;
            invalid += JsonRepair.ForDescription(RepairCorpus.Describe(record)).Grammar.IsValid(Encoding.UTF8.GetBytes(repaired.Json)) ? 0 : 1;
            if (repaired.Json != good)
                output.WriteLine($"{kind}: {damaged}\n   -> {repaired.Json}");
        }
        output.WriteLine("| damage | restored exactly |\n|---|---|");
        foreach (DamageKind kind in kinds)
            output.WriteLine($"| {kind} | {exact[(int)kind]} of {total[(int)kind]} |");
        output.WriteLine($"| all | {exact.Sum()} of {total.Sum()} |");
        Assert.Equal(0, invalid);
        Assert.InRange(exact.Sum(), 950, 1000);
    }

    [Fact]
    public void What_is_cut_anywhere_becomes_valid()
    {
        RepairCorpus corpus = new(5);
        for (int i = 0; i < 400; i++)
        {
            JsonObject record = corpus.Record();
            string cut = corpus.Truncate(RepairCorpus.Dump(record));
            JsonRepair repair = JsonRepair.ForDescription(RepairCorpus.Describe(record));
            JsonRepairResult repaired = repair.Repair(cut);
            Assert.True(repair.Grammar.IsValid(Encoding.UTF8.GetBytes(repaired.Json)), $"{cut} -> {repaired.Json}");
            JsonNode.Parse(repaired.Json);
        }
    }

    public static TheoryData<string, string, string> Conversions => new()
    {
        { "{name: string, year: integer}", """{"name": "A", "year": "1987"}""", """{"name": "A", "year": 1987}""" },
        { "{name: string, year: integer}", """{"name": 12, "year": "1987.0"}""", """{"name": "12", "year": 1987.0}""" },
        { "{name: string, year: integer}", """{"Name": "A", "YEAR": 3, "more": [1]}""", """{"name": "A", "year": 3}""" },
        { "{name: string, year: integer}", """[{"name": "A", "year": 3}]""", """{"name": "A", "year": 3}""" },
        { "{open: boolean}", """{"open": "Yes"}""", """{"open": true}""" },
        { "{open: boolean}", """{"open": 0}""", """{"open": false}""" },
        { "{colors: array of string}", """{"colors": "red"}""", """{"colors": ["red"]}""" },
        { "{colors: array of string}", """{"colors": ["red", null, 3]}""", """{"colors": ["red", "3"]}""" },
        { "{first_name: string}", """{"firstName": "A"}""", """{"first_name": "A"}""" },
        { "{name: string or null}", "{}", """{"name": null}""" },
        { "{owner: {name: string}}", """{"owner": "{\"name\": \"A\"}"}""", """{"owner": {"name": "A"}}""" },
        { """{"type":"object","properties":{"c":{"enum":["dark red","blue"]}},"required":["c"]}""", """{"c": "Dark-Red"}""", """{"c": "dark red"}""" },
        { """{"type":"array","items":{"type":"integer"},"minItems":2}""", "[1", "[1, 0]" },
    };

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Converts_renames_drops_and_fills_in(string schema, string candidate, string repaired) =>
        Assert.Equal(repaired, JsonRepair.ForDescription(schema).Repair(candidate).Json);

    [Theory]
    [InlineData("")]
    [InlineData("I cannot do that.")]
    [InlineData("{{{{[[[")]
    [InlineData("null")]
    [InlineData("\0\u00ff")]
    public void Any_text_becomes_valid(string candidate)
    {
        JsonRepair repair = JsonRepair.ForDescription("{name: string, owner: {age: integer}, tags: array of number}");
        JsonRepairResult repaired = repair.Repair(candidate);
        Assert.True(repair.Grammar.IsValid(Encoding.UTF8.GetBytes(repaired.Json)), repaired.Json);
        Assert.True(repaired.Changes.HasFlag(NearJsonChanges.Filled));
    }

    [Theory]
    [InlineData("An object with a name and some numbers")]
    [InlineData("{name: text}")]
    [InlineData("{name: string")]
    [InlineData("{}")]
    public void Says_where_a_description_means_nothing_to_it(string description)
    {
        JsonRepair repair = JsonRepair.ForDescription(description);
        JsonRepairResult repaired = repair.Repair("Sure: {'a': 1, b: [True]}");
        if (description == "{}")
        {
            Assert.True(repaired.IsSchemaKnown); // a JSON Schema that admits all
            return;
        }
        Assert.False(repaired.IsSchemaKnown);
        Assert.Equal("""{"a": 1, "b": [true]}""", repaired.Json);
        Assert.StartsWith("{", repair.Repair("[1]").Json);
    }

    [Fact]
    public void Keeps_the_candidates_order_of_properties() =>
        Assert.Equal("""{"b": 1, "a": 2}""", JsonRepair.ForDescription("{a: integer, b: integer}").Repair("{b: 1, a: 2").Json);

    [Fact]
    public void Fits_a_grammar_that_asks_for_an_order() =>
        Assert.Equal(
            """{"a": 2, "b": 1}""",
            NearJson.Fit("{b: 1, a: 2}", JsonGrammar.FromSchema("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}""")).ToString());
}
