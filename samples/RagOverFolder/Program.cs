using System.CommandLine;
using LlamaSpan;
using LlamaSpan.Native;
using RagOverFolder;
using Spectre.Console;

string[] shippedQuestions =
[
    "Who founded Hollint Motors?",
    "How much does the Brisko scooter cost?",
    "Who does Vera Tannor report to?",
    "Where is the Halmor concert held?",
];

Option<FileInfo> modelOption = new("--model") { Description = "GGUF model for chat", DefaultValueFactory = _ => new(Beside("models/pocket.gguf")) };
Option<DirectoryInfo> documentsOption = new("--documents") { Description = "Folder of .txt and .md files", DefaultValueFactory = _ => new(Beside("documents")) };
Option<string[]> questionOption = new("--question") { Description = "A question; give it again for more. Default: questions over the shipped documents" };
Option<int> threadsOption = new("--threads") { Description = "Threads to compute with; 0 for the physical cores", DefaultValueFactory = _ => 0 };
RootCommand command = new("Answers questions over a folder of documents with a language model in this process.")
{
    modelOption, documentsOption, questionOption, threadsOption,
};
command.SetAction(arguments =>
{
    try
    {
        string[] questions = arguments.GetValue(questionOption) is { Length: > 0 } given ? given : shippedQuestions;
        Run(arguments.GetValue(modelOption)!.FullName, arguments.GetValue(documentsOption)!.FullName, questions, arguments.GetValue(threadsOption));
        return 0;
    }
    catch (Exception e) when (e is InputException or LlamaException or NativeLibraryException or ArgumentException)
    {
        Console.Error.WriteLine($"error: {e.Message.Split('\n')[0]}");
        return 1;
    }
});
return command.Parse(args).Invoke();

static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, file);

static void Run(string modelPath, string folder, string[] questions, int threads)
{
    List<Passage> passages = DocumentFolder.Read(folder);
    using LlamaModel model = Load(modelPath);
    using Librarian librarian = new(model, passages, threads);
    Console.WriteLine($"{Path.GetFileName(modelPath)}: {model.ParameterCount / 1e6:0.#} million parameters, context {librarian.ContextSize} tokens");
    Console.WriteLine($"{passages.Count} passages from {folder}");
    using (new WaitingSign(Terminal()))
        librarian.WarmUp();

    List<Answer> answers = [];
    foreach (string question in questions)
        answers.Add(Ask(librarian, passages, question, json: false));
    answers.Add(Ask(librarian, passages, questions[0], json: true));
    Cite(answers[^1]);
    Report(questions, answers);
}

static LlamaModel Load(string path)
{
    if (Console.IsOutputRedirected)
        return LlamaModel.Load(path);
    return AnsiConsole.Progress().AutoClear(true).Start(bars =>
    {
        ProgressTask bar = bars.AddTask($"Loading {Path.GetFileName(path)}", maxValue: 1);
        return LlamaModel.Load(path, progress: new Callback(share => bar.Value = share));
    });
}

static Answer Ask(Librarian librarian, List<Passage> passages, string question, bool json)
{
    Console.WriteLine($"\nQ: {question}{(json ? "  (as JSON)" : "")}");
    Console.Write("A: ");
    Answer answer = Stream(librarian, question, json);
    Console.WriteLine();
    using (new WaitingSign(Terminal()))
        answer = answer with { Cold = librarian.TimeWithoutCache(answer) };
    if (answer.Passages.Count < passages.Count)
        Console.WriteLine($"   from the {answer.Passages.Count} best of {passages.Count} passages: {string.Join("; ", answer.Passages)}");
    return answer;
}

static Answer Stream(Librarian librarian, string question, bool json)
{
    using WaitingSign reading = new(Terminal());
    return librarian.Ask(question, json, text =>
    {
        reading.Dispose();
        Console.Write(text);
    });
}

static TextWriter? Terminal() => Console.IsOutputRedirected ? null : Console.Out;

static void Cite(Answer answer)
{
    int? source = QuotedAnswer.TryParse(answer.Text)?.FindSource([.. answer.Passages.Select(passage => passage.Text)]);
    Console.WriteLine(source is { } found ? $"   the quote stands in [DOC {found + 1}], {answer.Passages[found]}" : "   the quote stands in no document");
}

static void Report(string[] questions, List<Answer> answers)
{
    Table table = new Table().Border(Console.IsOutputRedirected ? TableBorder.Ascii : TableBorder.Rounded)
        .AddColumns("question", "reused", "computed", "cold, ms", "warm, ms", "times faster");
    for (int i = 0; i < answers.Count; i++)
    {
        (GenerationUsage usage, TimeSpan cold) = (answers[i].Usage, answers[i].Cold);
        string name = i < questions.Length ? questions[i] : $"{questions[0]} (JSON)";
        table.AddRow(Markup.Escape(name), $"{usage.CachedTokens}", $"{usage.ComputedTokens}",
            $"{cold.TotalMilliseconds:0.0}", $"{usage.TimeToFirstToken.TotalMilliseconds:0.0}",
            usage.CachedTokens > 0 ? $"{cold / usage.TimeToFirstToken:0.0}" : "");      // both were cold
    }
    Console.WriteLine("\nPrompt tokens and time to the first token, on an empty cache and on that of the question before:");
    AnsiConsole.Write(table);
}

/// <summary>Reports progress where it happens; Progress&lt;T&gt; would report it from other threads, later.</summary>
sealed class Callback(Action<float> report) : IProgress<float>
{
    public void Report(float value) => report(value);
}
