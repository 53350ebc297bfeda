namespace LlamaSpan.Benchmarks.Json;

/// <summary><c>bench json</c>: maskbench's procedure over a file of schemas and instances.</summary>
internal static class JsonBench
{
    private const int WarmUpSchemas = 200;

    public static int Run(string[] args)
    {
        JsonBenchOptions options;
        try
        {
            if (args.Contains("--help"))
                throw new ArgumentException("");
            options = JsonBenchOptions.Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            Console.Error.WriteLine($"{e.Message}\n{JsonBenchOptions.Usage}");
            return 2;
        }
        try
        {
            using LlamaModel model = LlamaModel.Load(options.Vocabulary, new ModelOptions { VocabularyOnly = true });
            return Run(options, model.Vocabulary);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or FormatException or ModelLoadException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static int Run(JsonBenchOptions options, Vocabulary vocabulary)
    {
        List<TokenizedSchema> schemas = TokenizedSchema.Read(options, vocabulary);
        Measured measured = Measure(schemas, vocabulary.Tokens, options);
        JsonReport report = new(schemas, measured.Results, measured.Cold, measured.Warm, Console.Out);
        report.Print(options);
        if (options.KeepResults)
            Keep(schemas, measured, options);
        return report.IsSound ? 0 : 1;
    }

    private static void Keep(List<TokenizedSchema> schemas, Measured measured, JsonBenchOptions options)
    {
        string folder = Machine.Current().Folder;
        Directory.CreateDirectory(folder);
        using StreamWriter file = new(Path.Combine(folder, "json.md")) { NewLine = "\n" };
        new JsonReport(schemas, measured.Results, measured.Cold, measured.Warm, file).PrintResults(options);
    }

    private sealed record Measured(List<SchemaResult> Results, Timings Cold, Timings Warm);

    private static Measured Measure(List<TokenizedSchema> schemas, TokenTable tokens, JsonBenchOptions options)
    {
        MaskPass pass = new(tokens);
        Timings cold = new(), warm = new();
        JsonGrammar.AnyJson().CreateConstraint(tokens);   // makes the vocabulary's own tables, once a process
        if (!options.VerdictsOnly)
            WarmUp(pass, schemas);
        List<SchemaResult> results = [];
        foreach (TokenizedSchema schema in schemas)
        {
            pass.ForgetWhatOthersBrought();
            results.Add(pass.Masks(schema, cold));
        }
        if (!options.VerdictsOnly)
        {
            MeasureChecks(pass, schemas, results, cold);
            MeasureWarm(pass, schemas, results, warm, options.Seed);
        }
        return new Measured(results, cold, warm);
    }

    /// <summary>Lets the just-in-time compiler finish with the code before anything is timed.</summary>
    private static void WarmUp(MaskPass pass, List<TokenizedSchema> schemas)
    {
        for (int round = 0; round < 3; round++)
        {
            foreach (TokenizedSchema schema in schemas.Take(WarmUpSchemas))
            {
                Timings unused = new();
                pass.Checks(schema, pass.Masks(schema, unused), unused);
            }
            Thread.Sleep(300);   // tiered compilation waits for a calm moment
        }
    }

    private static void MeasureChecks(MaskPass pass, List<TokenizedSchema> schemas, List<SchemaResult> results, Timings timings)
    {
        for (int i = 0; i < schemas.Count; i++)
        {
            pass.ForgetWhatOthersBrought();
            pass.Checks(schemas[i], results[i], timings);
        }
    }

    /// <summary>
    /// Times each half of the schemas after the other half has filled the caches, so that none is timed on what it cached itself.
    /// </summary>
    private static void MeasureWarm(MaskPass pass, List<TokenizedSchema> schemas, List<SchemaResult> results, Timings timings, int seed)
    {
        int[] order = [.. Enumerable.Range(0, schemas.Count)];
        new Random(seed).Shuffle(order);
        int[][] halves = [order[..(order.Length / 2)], order[(order.Length / 2)..]];
        foreach ((int[] fill, int[] timed) in new[] { (halves[0], halves[1]), (halves[1], halves[0]) })
        {
            Fill(pass, schemas, fill);
            foreach (int i in timed)
                pass.Masks(schemas[i], timings);
            Fill(pass, schemas, fill);
            foreach (int i in timed)
                pass.Checks(schemas[i], results[i], timings);
            foreach (int i in timed)
                pass.Repeat(schemas[i], timings);
        }
    }

    private static void Fill(MaskPass pass, List<TokenizedSchema> schemas, int[] which)
    {
        Timings unused = new();
        foreach (int i in which)
            pass.Masks(schemas[i], unused);
    }
}
