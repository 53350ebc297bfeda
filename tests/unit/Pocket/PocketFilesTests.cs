using System.ComponentModel;
using System.Diagnostics;
using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.UnitTests.Pocket;

public class PocketFilesTests
{
    [Theory]
    [InlineData("prompts", 20270301, 20)]
    [InlineData("folders", 20270302, 12)]
    public void The_committed_files_are_what_the_program_writes(string kind, int seed, int count)
    {
        using Process? python = StartPython($"-B models/pocket/unseen.py {kind} --seed {seed} --count {count}");
        Assert.SkipWhen(python is null, "python3 is not installed");
        string written = python.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        Assert.Equal(File.ReadAllText(Repository.PathOf($"tests/support/Pocket/{kind}.jsonl")).ReplaceLineEndings("\n"), written);
    }

    [Fact]
    public void The_programs_that_made_the_model_compile()
    {
        string[] programs = Directory.GetFiles(Repository.PathOf("models/pocket"), "*.py");
        Assert.NotEmpty(programs);
        using Process? python = StartPython("-B -c \"import sys; [compile(open(f, encoding='utf-8').read(), f, 'exec') for f in sys.argv[1:]]\" "
            + string.Join(' ', programs.Select(program => $"\"{program}\"")));
        Assert.SkipWhen(python is null, "python3 is not installed");
        python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
    }

    [Fact]
    public void Every_task_has_prompts_with_an_answer()
    {
        Assert.Equal(
            [("graph", 20), ("rag", 20), ("rag_json", 20), ("rank", 20), ("repair", 20)],
            PocketFiles.Prompts().CountBy(prompt => prompt.Task).Select(task => (task.Key, task.Value)).Order());
        Assert.All(PocketFiles.Prompts(), prompt => Assert.Equal(["system", "user"], prompt.Messages.Select(message => message.Role)));
        Assert.DoesNotContain(PocketFiles.Prompts(), prompt => prompt.Answer.Length == 0);
    }

    [Fact]
    public void Every_quote_stands_in_the_document_that_it_names() =>
        Assert.All(
            from folder in PocketFiles.Folders()
            from question in folder.Questions
            where question.Document is not null
            select (folder, question),
            pair => Assert.Contains(pair.question.Quote!, pair.folder.Documents[pair.question.Document!.Value - 1]));

    private static Process? StartPython(string arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, WorkingDirectory = Repository.Root });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
