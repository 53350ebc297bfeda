using System.Diagnostics;
using System.Globalization;

namespace LlamaSpan.TestSupport;

/// <summary>What a program left behind: its exit code and what it printed.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error stream.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>How long a program may run: far longer than any does that does not hang.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(20);

    /// <summary>The lines of the standard output.</summary>
    public string[] Lines => Output.TrimEnd().ReplaceLineEndings("\n").Split('\n');

    /// <summary>Runs a program to its end.</summary>
    public static ProgramResult Of(string program, params string[] arguments) => Of(program, [], arguments);

    /// <summary>Runs a program to its end, with variables added to its environment (empty: removed from it).</summary>
    public static ProgramResult Of(string program, IEnumerable<(string Name, string Value)> environment, params string[] arguments) =>
        Of(program, environment, [], arguments);

    /// <summary>Runs a program to its end, on an input.</summary>
    public static ProgramResult Of(
        string program, IEnumerable<(string Name, string Value)> environment, ReadOnlySpan<byte> input, params string[] arguments) =>
        Of(Limit, program, environment, input, arguments);

    /// <summary>Runs a program to its end, on an input, for no longer than a limit; what it started ends with it.</summary>
    /// <exception cref="TimeoutException">It was still running then.</exception>
    public static ProgramResult Of(
        TimeSpan limit, string program, IEnumerable<(string Name, string Value)> environment, ReadOnlySpan<byte> input, params string[] arguments)
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
        int late = 0;
        using (new Timer(_ => { late = 1; process.Kill(entireProcessTree: true); }, null, limit, Timeout.InfiniteTimeSpan))
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            try
            {
                process.StandardInput.BaseStream.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // it ended before it read all of it: its exit code tells
            }
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return Volatile.Read(ref late) == 0
                ? new ProgramResult(process.ExitCode, output, errors.Result)
                : throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(program)} was still running after {limit.TotalSeconds:0.#} seconds and was ended."));
        }
    }
}
