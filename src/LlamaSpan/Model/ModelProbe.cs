using System.Diagnostics;
using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Loads a model first in llamaspan-probe (native/shim/probe), a small program beside the native libraries, without its weights: where
/// llama.cpp aborts, that program ends and this process goes on.
/// </summary>
internal static class ModelProbe
{
    private const string Program = "llamaspan-probe";

    /// <summary>Probes a model file.</summary>
    /// <param name="path">The file; of a split model, its first part.</param>
    /// <param name="timeout">How long the probe may take.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    /// <exception cref="ModelLoadException">The program is missing, refused the file, crashed on it, or did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Check(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (path.AsSpan().IndexOfAny('\r', '\n') >= 0)
            throw Failed(path, "a path with a line break cannot be probed.");
        using Process process = Start(path);
        StringBuilder errors = new();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        try
        {
            string? answer = Ask(process, Path.GetFullPath(path), timeout, cancellationToken);
            if (answer != "ok")
                throw answer is null ? Crashed(process, path, errors) : Failed(path, $"the probe was {answer}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static string? Ask(Process process, string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(timeout);
        try
        {
            process.StandardInput.WriteLine(path);
            process.StandardInput.Close();
            return Task.Run(() => process.StandardOutput.ReadLineAsync(timer.Token).AsTask(), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (IOException)
        {
            return null;    // it ended before it read
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(path, $"the probe did not end within {timeout.TotalSeconds:0.###} s.");
        }
    }

    private static Process Start(string path)
    {
        string folder = NativeLibraries.Folder ?? AppContext.BaseDirectory;
        string file = OperatingSystem.IsWindows() ? Program + ".exe" : Program;
        string[] candidates = [Path.Combine(folder, file), Path.GetFullPath(Path.Combine(folder, "..", "bin", file))];
        string program = candidates.FirstOrDefault(File.Exists)
            ?? throw Failed(path, $"ModelOptions.ProbeFirst needs the program {file} beside the native libraries in {folder}.");
        ProcessStartInfo start = new(program, ["--backends", folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment["GGML_NO_BACKTRACE"] = "1";
        try
        {
            return Process.Start(start) ?? throw Failed(path, $"{program} did not start.");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw Failed(path, $"{program} did not start: {error.Message}");
        }
    }

    private static ModelLoadException Crashed(Process process, string path, StringBuilder errors)
    {
        process.WaitForExit();
        string[] lines;
        lock (errors)
            lines = errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new ModelLoadException(
            ModelLoadFailure.Probe, path, $"llama.cpp crashed on it when it was probed (exit status {process.ExitCode}).", lines[..Math.Min(lines.Length, 8)]);
    }

    private static ModelLoadException Failed(string path, string message) => new(ModelLoadFailure.Probe, path, message);
}
