namespace LlamaSpan.ConformanceTests;

/// <summary>Instances drawn at random from a grammar's masks, judged by the independent validators.</summary>
internal static class DrawnInstances
{
    private const int MostTokens = 500;

    /// <summary>Numbers short enough for validators that compute with doubles.</summary>
    public static JsonGrammarOptions Options { get; } = new() { MaxDigits = 9 };

    /// <summary>Draws and judges; gives how many some validator judged.</summary>
    /// <param name="name">Of the schema, for messages.</param>
    /// <param name="schema">Its text.</param>
    /// <param name="grammar">Compiled from it.</param>
    /// <param name="validators">Judge.</param>
    /// <param name="count">How many to draw.</param>
    /// <param name="wrong">Takes the instances that a validator calls invalid.</param>
    public static int Judge(string name, string schema, JsonGrammar grammar, Validators validators, int count, List<string> wrong)
    {
        List<string> drawn = [];
        for (int seed = 0; seed < count; seed++)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            if ((RandomInstances.Draw(constraint, new Random(seed), MostTokens) ?? RandomInstances.Close(constraint)) is { } instance)
                drawn.Add(instance);
            else
                wrong.Add($"{name}: seed {seed} found no end");
        }
        return Judge(name, schema, drawn, validators, wrong);
    }

    /// <summary>Judges instances; gives how many some validator judged.</summary>
    public static int Judge(string name, string schema, IReadOnlyList<string> instances, Validators validators, List<string> wrong)
    {
        (bool?[] ajv, bool?[] hyperjump) = validators.Judge(schema, instances);
        int judged = 0;
        for (int i = 0; i < instances.Count; i++)
        {
            judged += ajv[i] is not null || hyperjump[i] is not null ? 1 : 0;
            if ((ajv[i] is false && hyperjump[i] is not true) || (hyperjump[i] is false && ajv[i] is not true))
                wrong.Add($"{name}: {instances[i]}: ajv says {Say(ajv[i])}, hyperjump {Say(hyperjump[i])}");
        }
        return judged;
    }

    private static string Say(bool? verdict) => verdict is null ? "nothing" : verdict.Value ? "valid" : "invalid";
}
