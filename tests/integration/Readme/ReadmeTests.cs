using System.Diagnostics;
using System.Text;
using System.Text.Json.Serialization;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>README's code, run. What stands between the marks is in README word for word.</summary>
public sealed partial class ReadmeTests
{
    private const string Question = "Who leads Hollint Motors?";

    // README's paths are those of a checkout
    public ReadmeTests() => Environment.CurrentDirectory = Repository.Root;

    [Fact]
    public async Task Answers_in_a_few_lines()
    {
        // README
        using LlamaModel model = LlamaModel.Load("models/pocket.gguf");
        await using LlamaEngine engine = LlamaEngine.Start(model);
        string[] documents = ["Hollint Motors makes scooters.", "The founder of Hollint Motors is David Dorrick. Hollint Motors has 60 employees."];
        RagAnswer found = await engine.AnswerAsync("Who founded Hollint Motors?", documents);
        Console.WriteLine($"{found.Text}, says \"{found.Quote}\"");
        // end of README

        Assert.Equal(("David Dorrick", 1), (found.Text, found.Document));
    }

    [Fact]
    public void Generates_by_hand_and_by_schema()
    {
        using MemoryStream output = new();
        string question = Question;
        ChatTool[] tools = [new("lookup", "Looks a name up.", """{ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] }""")];
        string[] passages = ["Hollint Motors is led by Vera Tannor.", "It makes scooters."];

        // README
        using LlamaModel model = LlamaModel.Load("models/pocket.gguf");
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 2048 });
        TextGenerator generator = new(context);

        // the model's own Jinja template, or a built-in format; what messages spell is never read as a special token
        using ChatTemplate template = ChatTemplate.FromModel(model);
        using ChatPrompt chat = template.Apply([ChatMessage.System("Be terse."), ChatMessage.User(question)], new ChatPromptOptions { Tools = tools });

        LlamaToken[] prompt = chat.Tokens.ToArray();
        foreach (GeneratedPiece piece in generator.Generate(prompt, new GenerationOptions { MaxTokens = 100, StopStrings = ["\n\n"] }))
            output.Write(piece.Text);                         // UTF-8, whole characters; no allocation once warm
        ChatMessage answer = chat.CreateParser().Parse(Encoding.UTF8.GetString(output.ToArray()));                // text, reasoning and tool calls

        // one level below: spans in, spans out
        context.Prefill(Sequence.Zero, prompt);               // read in place
        ReadOnlySpan<float> logits = context.Logits();        // over native memory, until the next decode
        LlamaToken next = new Sampler(new SamplingOptions { Temperature = 0.7f, Seed = 1 }).Sample(logits);
        generator.Forget();                                   // the sequence is no longer as it left it

        // only what the schema allows
        JsonGrammar grammar = JsonGrammar.FromSchema("""{ "type": "object", "properties": { "answer": { "type": "string", "maxLength": 40 } }, "required": ["answer"] }""");
        JsonConstraint constraint = grammar.CreateConstraint(model.Vocabulary.Tokens);
        string json = generator.Complete(prompt, constraint: constraint).Text;

        // a value of a type, by its source-generated metadata; closed validly where the tokens run out
        JsonGenerationResult<Invoice> invoice = generator.CompleteJson(prompt, InvoiceContext.Default.Invoice, new GenerationOptions { MaxTokens = 200, CloseAtLimit = true });

        // quotes that cannot be made up
        JsonGrammar quoting = JsonGrammar.FromSchema("""{ "type": "string", "minLength": 1, "x-grounded": { "in": "passages" } }""");
        JsonConstraint quote = quoting.CreateConstraint(model.Vocabulary.Tokens, new Grounding("passages", passages));
        // end of README

        Assert.True(output.Length > 0);
        Assert.NotNull(answer);
        model.Vocabulary.CheckToken(next);
        Assert.StartsWith("{", json);
        Assert.NotNull(invoice);
        Assert.False(quote.IsComplete);
    }

    [Fact]
    public async Task Serves_many_requests()
    {
        using MemoryStream output = new();
        using LlamaModel model = LlamaModel.Load("models/pocket.gguf");
        LlamaToken[] prompt = model.Vocabulary.Tokenize($"<|im_start|>user\n{Question}<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true);
        LlamaToken[] systemPrompt = prompt[..4];
        ReadOnlyMemory<LlamaToken>[] texts = [prompt, systemPrompt], prompts = [prompt, prompt];
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;

        // README
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = new() { ContextSize = 16384 }, MaxSequences = 32 });

        await foreach (Utf8Piece piece in engine.StreamAsync(prompt, new RequestOptions { MaxTokens = 200, Namespace = "tenant" }, cancellationToken))
            output.Write(piece.Text);                         // no allocation once warm; who reads slowly pauses nobody else

        RequestOptions sampled = new() { Sampling = new() { Temperature = 0.7f, TopP = 0.9f, Seed = 1 }, MaxTokens = 50, StopStrings = ["\n\n"] };
        Completion[] samples = await engine.SampleAsync(prompt, 8, sampled);                                                 // eight answers, one prefill
        IReadOnlyList<Completion[]> answers = await engine.BatchAsync(prompts, options: sampled);                             // many prompts
        Debug.Assert(samples[0].Usage.CachedTokens + samples[0].Usage.ComputedTokens == prompt.Length);                       // always
        Invoice invoice = await engine.CompleteJsonAsync(prompt, InvoiceContext.Default.Invoice);                             // the type is the schema
        RequestResults<float[]> embeddings = await engine.EmbedAsync(texts);                                                 // on a second context; embeddings.Usage
        await using PinnedPrefix system = await engine.PinAsync(systemPrompt);                                               // never evicted
        // end of README

        Assert.True(output.Length > 0);
        Assert.Equal(prompts.Length, answers.Count);
    }

    [Fact]
    public async Task Answers_questions_over_documents()
    {
        string question = "Who founded Hollint Motors?";
        string[] passages =
        [
            "Hollint Motors makes scooters, in red and in blue, since 1987.",
            "The founder of Hollint Motors is David Dorrick. Hollint Motors has 60 employees.",
            "Velmora Optics is based in Tarnwick. Velmora Optics was founded in 1987.",
        ];
        using LlamaModel model = LlamaModel.Load("models/pocket.gguf");
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = new() { ContextSize = 2048 } });

        // README
        await engine.WarmAsync(passages);                                        // optional: so that the first question too starts at once
        RagAnswer answer = await engine.AnswerAsync(question, passages);         // in the words of any model's chat template
        Console.WriteLine($"{answer.Text}: \"{answer.Quote}\" stands in passage {answer.Document}");      // found exactly, not asked of the model
        Console.WriteLine($"{answer.Usage.CachedTokens} tokens from the cache, {answer.Usage.ComputedTokens} computed");

        // opt-in, approximate: passages computed one by one are moved to wherever they stand; the loss can be measured
        RagOptions moving = new() { RecomputedTokens = 16 };
        await engine.WarmAsync(passages, moving);
        RagAnswer other = await engine.AnswerAsync(question, [.. passages.Reverse()], moving);
        // end of README

        Assert.Equal(("David Dorrick", 1), (answer.Text, answer.Document));
        Assert.True(answer.Usage.CachedTokens > answer.Usage.ComputedTokens);
        Assert.True(other.Usage.MovedTokens > 0);
    }

    [Fact]
    public async Task Extracts_votes_and_judges()
    {
        string question = Question, text = "Vera works at Hollint Motors. Vera lives in Tarnwick.";
        string[] passages = ["The founder of Hollint Motors is David Dorrick."], candidates = ["Hollint Motors makes scooters.", "The founder of Hollint Motors is David Dorrick."];
        using LlamaModel model = LlamaModel.Load("models/pocket.gguf");
        LlamaToken[] prompt = model.Vocabulary.Tokenize($"<|im_start|>user\n{Question}<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true);
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = new() { ContextSize = 2048 } });

        // README
        KnowledgeGraph graph = await engine.ExtractGraphAsync(text);             // labels stand in the text, edges join nodes: nothing else can be sampled
        Vote vote = await engine.VoteAsync(prompt, samples: 9);                  // self-consistency: one prefill, the most frequent answer
        RequestResults<RankedCandidate> best = await engine.RerankAsync(question, passages, candidates);      // a small model as the judge of others' answers

        // valid JSON of broken JSON, by rules; what the candidate does not say a generator may fill in
        JsonRepairResult repaired = JsonRepair.ForDescription("{name: string, age: integer}").Repair("{'name': 'Vera', age: 41,");
        // end of README

        Assert.NotEmpty(graph.Nodes);
        Assert.Equal(9, vote.Samples.Count);
        Assert.Equal(2, best.Count);
        Assert.Equal("""{"name": "Vera", "age": 41}""", repaired.Json);
    }

    private sealed record Invoice(string Customer, int Amount);

    [JsonSerializable(typeof(Invoice))]
    private sealed partial class InvoiceContext : JsonSerializerContext;
}
