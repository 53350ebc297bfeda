using System.Diagnostics;

namespace LlamaSpan.TestSupport;

/// <summary>What a program left behind: its exit code and what it printed.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error stream.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The lines of the standard output.</summary>
    public string[] Lines => Output.TrimEnd().ReplaceLineEndings("\n").Split('\n');

    /// <summary>Runs a program to its end.</summary>
    public static ProgramResult Of(string program, params string[] arguments) => Of(program, [], arguments);

    /// <summary>Runs a program to its end, with variables added to its environment (empty: removed from it).</summary>
    public static ProgramResult Of(string program, IEnumerable<(string Name, string Value)> environment, params string[] arguments) =>
        Of(program, environment, [], arguments);

    /// <summary>Runs a program to its end, on an input.</summary>
    public static ProgramResult Of(
        string program, IEnumerable<(string Name, string Value)> environment, ReadOnlySpan<byte> input, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            if (value.Length > 0)
                start.Environment[name] = value;
            else
                start.Environment.Remove(name);
        }
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, errors.Result);
    }
}
