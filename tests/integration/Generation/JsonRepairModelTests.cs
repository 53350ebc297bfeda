using System.Text;
using System.Text.Json.Nodes;
using LlamaSpan.TestSupport.Repair;
using Xunit;

namespace LlamaSpan.IntegrationTests.Generation;

/// <summary>Repair with the pocket model: it fills in what a candidate lost, and nothing else.</summary>
public class JsonRepairModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Fills_in_what_was_cut_off_and_keeps_the_rest()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        RepairCorpus corpus = new(11);
        int filled = 0, runs = TestRun.IsLong ? 500 : 40;
        for (int i = 0; i < runs; i++)
        {
            JsonObject record = corpus.Record();
            string cut = corpus.Truncate(RepairCorpus.Dump(record));
            JsonRepair repair = JsonRepair.ForDescription(RepairCorpus.Describe(record));
            JsonRepairResult alone = repair.Repair(cut), result = repair.Repair(cut, generator, Prompt(repair, cut));
            Assert.True(repair.Grammar.IsValid(Encoding.UTF8.GetBytes(result.Json)), $"{cut} -> {result.Json}");
            Assert.Equal(alone.Changes, result.Changes);
            JsonObject plain = JsonNode.Parse(alone.Json)!.AsObject(), modelled = JsonNode.Parse(result.Json)!.AsObject();
            if (NearJson.Parse(cut).Found)
            {
                Assert.Equal(plain.Select(p => p.Key), modelled.Select(p => p.Key));
                int differing = plain.Count(p => !JsonNode.DeepEquals(p.Value, modelled[p.Key]));
                Assert.True(differing <= result.FilledByModel, $"{cut} -> {alone.Json} -> {result.Json}: {result.FilledByModel} filled in");
            }
            else
            {
                Assert.InRange(result.FilledByModel, 0, 1); // the object as a whole
            }
            filled += result.FilledByModel;
        }
        output.WriteLine($"{filled} values filled in by the model in {runs} cut texts");
        Assert.True(filled > 0);
    }

    [Fact]
    public void Asks_no_model_where_nothing_is_missing()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonRepair repair = JsonRepair.ForDescription("{name: string}");
        JsonRepairResult result = repair.Repair("{'name': 'A'", generator, Prompt(repair, "{'name': 'A'"));
        Assert.Equal(("""{"name": "A"}""", 0, 0), (result.Json, result.FilledByModel, generator.CachedTokens.Length));
    }

    private static LlamaToken[] Prompt(JsonRepair repair, string candidate) => Pocket.Model.Vocabulary.Tokenize(
        $"<|im_start|>system\n{JsonRepair.SystemText}<|im_end|>\n<|im_start|>user\n{repair.UserText(candidate)}<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true);
}
