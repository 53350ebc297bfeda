using System.Diagnostics;

namespace LlamaSpan.IntegrationTests.Hostile;

/// <summary>
/// The program decode-files (tests/native), fed with one file after another until one kills it, and then started again.
/// </summary>
internal sealed class FileUser(string program, params string[] arguments) : IDisposable
{
    private Process? _process;

    /// <summary>What became of a file.</summary>
    public enum Outcome
    {
        /// <summary>llama.cpp loaded and used it.</summary>
        Used,

        /// <summary>llama.cpp refused it.</summary>
        Refused,

        /// <summary>The program ended on it, by a signal or after too long a time.</summary>
        Killed,
    }

    /// <summary>How the program ended when it was last killed.</summary>
    public int LastExitCode { get; private set; }

    /// <summary>Hands over one file and waits for the outcome.</summary>
    public Outcome Use(string path)
    {
        Process process = _process ??= Start();
        try
        {
            process.StandardInput.WriteLine(path);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // it is gone; reading says so
        }
        string? answer = process.StandardOutput.ReadLine();
        if (answer is not null)
            return answer == "used" ? Outcome.Used : Outcome.Refused;
        process.WaitForExit();
        LastExitCode = process.ExitCode;
        process.Dispose();
        _process = null;
        return Outcome.Killed;
    }

    public void Dispose()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private Process Start()
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GGML_NO_BACKTRACE"] = "1";       // a debugger would be started, and write among the answers
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.ErrorDataReceived += (_, _) => { };         // ggml says there why it aborts
        process.BeginErrorReadLine();
        return process;
    }
}
