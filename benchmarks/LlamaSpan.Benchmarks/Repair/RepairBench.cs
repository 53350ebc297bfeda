using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaSpan.TestSupport.Repair;

namespace LlamaSpan.Benchmarks.Repair;

/// <summary><c>bench repair</c>: of damaged records, how many the near-JSON parser restores, and how many the pocket model then adds to.</summary>
internal static class RepairBench
{
    private const int Damaged = 1000, Truncated = 200, Seed = 20270301;

    public static int Run(string[] args)
    {
        if (args is not ([] or ["--results"]))
        {
            Console.Error.WriteLine("usage: ./build.sh bench repair [--results]     --results files the table under benchmarks/results");
            return 2;
        }
        List<Row> rows = Measure();
        Print(rows, Console.Out);
        if (args.Length > 0)
        {
            Machine machine = Machine.Current();
            Directory.CreateDirectory(machine.Folder);
            using StreamWriter file = new(Path.Combine(machine.Folder, "repair.md")) { NewLine = "\n" };
            file.WriteLine($"# JSON repair: {machine.Title}\n\nCommit {machine.Commit}. `./build.sh bench repair --results`\n");
            Print(rows, file);
        }
        return rows.TrueForAll(row => row.Valid == row.Count) ? 0 : 1;
    }

    /// <summary>What became of the records of one damage.</summary>
    private sealed record Row(string Damage)
    {
        public int Count { get; private set; }

        public int Alone { get; private set; }

        public int WithModel { get; private set; }

        public int Asked { get; private set; }

        public int Valid { get; private set; }

        public void Add(string good, JsonRepairResult alone, JsonRepairResult modelled, bool valid)
        {
            Count++;
            Alone += alone.Json == good ? 1 : 0;
            WithModel += modelled.Json == good ? 1 : 0;
            Asked += modelled.FilledByModel > 0 ? 1 : 0;
            Valid += valid ? 1 : 0;
        }
    }

    private static List<Row> Measure()
    {
        using LlamaModel model = LlamaModel.Load(Repository.PathOf("models/pocket.gguf"));
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 1024 });
        TextGenerator generator = new(context);
        RepairCorpus corpus = new(Seed);
        DamageKind[] kinds = Enum.GetValues<DamageKind>();
        List<Row> rows = [.. kinds.Select(kind => new Row(kind.ToString())), new Row("Truncation")];
        for (int i = 0; i < Damaged; i++)
        {
            (JsonObject record, string good, string damaged) = corpus.Damaged(kinds[i % kinds.Length]);
            Repair(rows[i % kinds.Length], generator, record, good, damaged);
        }
        for (int i = 0; i < Truncated; i++)
        {
            JsonObject record = corpus.Record();
            string good = RepairCorpus.Dump(record);
            Repair(rows[^1], generator, record, good, corpus.Truncate(good));
        }
        return rows;
    }

    private static void Repair(Row row, TextGenerator generator, JsonObject record, string good, string damaged)
    {
        JsonRepair repair = JsonRepair.ForDescription(RepairCorpus.Describe(record));
        JsonRepairResult alone = repair.Repair(damaged), modelled = repair.Repair(damaged, generator, Prompt(repair, generator.Context.Model.Vocabulary, damaged));
        row.Add(good, alone, modelled, IsValid(repair, alone.Json) && IsValid(repair, modelled.Json));
    }

    private static LlamaToken[] Prompt(JsonRepair repair, Vocabulary vocabulary, string candidate) => vocabulary.Tokenize(
        $"<|im_start|>system\n{JsonRepair.SystemText}<|im_end|>\n<|im_start|>user\n{repair.UserText(candidate)}<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true);

    /// <summary>By a validator that shares nothing with the grammar.</summary>
    private static bool IsValid(JsonRepair repair, string json)
    {
        using JsonDocument schema = JsonDocument.Parse(SchemaDescription.Read(repair.Schema)!.ToJsonString()), instance = JsonDocument.Parse(json);
        return SchemaValidator.IsValid(schema.RootElement, instance.RootElement);
    }

    private static void Print(List<Row> rows, TextWriter to)
    {
        to.WriteLine($"{Damaged} records with one damage each, drawn evenly from {rows.Count - 1} kinds, and {Truncated} cut off anywhere, which count for validity only.");
        to.WriteLine("The pocket model is asked for what the text does not say. Valid: with and without the model, by a validator that shares nothing with the grammar.\n");
        to.WriteLine("| damage | records | restored exactly without a model | with the pocket model | model asked | valid |");
        to.WriteLine("|---|---|---|---|---|---|");
        foreach (Row row in rows.SkipLast(1))
            Line(row.Damage, row.Count, row.Alone, row.WithModel, row.Asked, row.Valid);
        List<Row> damaged = rows[..^1];
        Line("all of these (goal: 95 %)", damaged.Sum(r => r.Count), damaged.Sum(r => r.Alone), damaged.Sum(r => r.WithModel), damaged.Sum(r => r.Asked), damaged.Sum(r => r.Valid));
        Row cut = rows[^1];
        Line(cut.Damage, cut.Count, cut.Alone, cut.WithModel, cut.Asked, cut.Valid);

        void Line(string damage, int count, int alone, int withModel, int asked, int valid) => to.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {damage} | {count} | {alone} ({100.0 * alone / count:0.0} %) | {withModel} ({100.0 * withModel / count:0.0} %) | {asked} | {valid} ({100.0 * valid / count:0.0} %) |"));
    }
}
