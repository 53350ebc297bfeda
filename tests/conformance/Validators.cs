using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlamaSpan.ConformanceTests;

/// <summary>Two independent validators, in a Node process: ajv and @hyperjump/json-schema. See validators/validate.js.</summary>
internal sealed class Validators : IDisposable
{
    private static readonly string s_folder = Repository.PathOf("tests/conformance/validators");

    /// <summary>Whether their packages are there: installed once, whoever asks first. npm writes the file last.</summary>
    private static readonly Lazy<bool> s_installed = new(() =>
        File.Exists(Path.Combine(s_folder, "node_modules", ".package-lock.json")) || Run("npm", "ci --no-audit --no-fund"));

    private readonly Process _node;

    private Validators(Process node) => _node = node;

    /// <summary>What the validators say of instances: true, false, or null where one cannot take the schema or the instance is no JSON.</summary>
    public readonly record struct Verdicts(bool?[] Ajv, bool?[] Hyperjump);

    /// <summary>Starts them; null, with the reason, where Node or its packages cannot be had.</summary>
    public static Validators? Start(out string missing)
    {
        missing = "Node.js with npm is not installed.";
        try
        {
            if (!s_installed.Value)
            {
                missing = "npm ci failed: the registry cannot be reached.";
                return null;
            }
            return new Validators(Process.Start(new ProcessStartInfo("node", "validate.js")
            {
                WorkingDirectory = s_folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = Encoding.UTF8,
            })!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Judges instances by a schema.</summary>
    public Verdicts Judge(string schema, IReadOnlyCollection<string> instances)
    {
        var request = new JsonObject { ["schema"] = schema, ["instances"] = new JsonArray([.. instances.Select(i => (JsonNode)i)]) };
        _node.StandardInput.WriteLine(request.ToJsonString());
        _node.StandardInput.Flush();
        string line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("validate.js ended");
        using JsonDocument answer = JsonDocument.Parse(line);
        return new Verdicts(Read("ajv"), Read("hyperjump"));

        bool?[] Read(string name) => answer.RootElement.GetProperty(name) is { ValueKind: JsonValueKind.Array } verdicts
            ? [.. verdicts.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? (bool?)null : v.GetBoolean())]
            : new bool?[instances.Count];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(5000))
            _node.Kill();
        _node.Dispose();
    }

    private static bool Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = s_folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        return process.ExitCode == 0;
    }
}
