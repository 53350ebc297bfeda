// dotnet run tests/run.cs [-- --long]: builds the solution, checks its formatting, runs every test project one after
// another and ends with the line "N passed, N failed". What `./build.sh test` does once the native libraries stand.
#:property PublishAot=false

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

bool isLong = args is ["--long"];
if (args.Length > 0 && !isLong)
{
    Console.Error.WriteLine("usage: test [--long]");
    return 2;
}

// The short run is what continuous integration waits for; past this it has failed, however far it got.
TimeSpan limit = isLong ? TimeSpan.FromHours(12) : TimeSpan.FromMinutes(20);
var clock = Stopwatch.StartNew();
if (isLong)
    Environment.SetEnvironmentVariable("LLAMASPAN_LONG", "1");

List<Outcome> outcomes = [];
if (RunStep("build", "build LlamaSpan.slnx -c Release --nologo -v quiet"))
{
    RunStep("dotnet format", "format LlamaSpan.slnx --verify-no-changes --no-restore");
    foreach (string project in TestProjects())
        outcomes.AddRange(isLong && project.Contains("Integration") ? RunInHalves(project) : [RunProject(project)]);
}

if (isLong)
    File.WriteAllText("tests/long-summary.md", Summary());

int passed = outcomes.Sum(outcome => outcome.Passed);
int failed = outcomes.Sum(outcome => outcome.Failed);
int skipped = outcomes.Sum(outcome => outcome.Skipped);
Console.WriteLine();
Console.WriteLine(skipped == 0 ? $"{passed} passed, {failed} failed" : $"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 ? 0 : 1;

// A step that is no test program: a failure counts as one failed test, named after the step.
bool RunStep(string name, string arguments)
{
    Console.WriteLine($"--- {name}");
    TimeSpan start = clock.Elapsed;
    if (Dotnet(arguments, out _) == 0)
        return true;
    Console.WriteLine($"{name}: failed");
    outcomes.Add(new Outcome(name, 0, 1, 0, clock.Elapsed - start));
    return false;
}

IEnumerable<string> TestProjects() =>
    from project in XDocument.Load("LlamaSpan.slnx").Descendants("Project")
    let path = (string)project.Attribute("Path")!
    where path.StartsWith("tests/", StringComparison.Ordinal) && path.EndsWith("Tests.csproj", StringComparison.Ordinal)
    select path;

// The tests that take longest, as two programs at a time; the engine's with its soak.
Outcome[] RunInHalves(string project)
{
    string engine = Path.GetFileNameWithoutExtension(project) + ".Engine";
    Task<Outcome> half = Task.Run(() => RunProject(project, ", engine", $"--filter-namespace {engine} --explicit on"));
    Outcome rest = RunProject(project, ", all else", $"--filter-not-namespace {engine}");
    return [half.Result, rest];
}

Outcome RunProject(string project, string part = "", string filter = "")
{
    string name = Path.GetFileNameWithoutExtension(project) + part;
    Console.WriteLine($"--- {name}");
    TimeSpan start = clock.Elapsed;
    // Exit code 8: no test ran, as where every one is skipped.
    int code = Dotnet(
        $"test --project {project} -c Release --no-build --no-progress --no-ansi --ignore-exit-code 8 {filter}", out string output);
    int passed = Count("succeeded"), failed = Count("failed"), skipped = Count("skipped");
    if (failed == 0 && (code != 0 || passed + skipped == 0))
    {
        failed = 1;     // the program crashed, hung past the limit, or has lost its tests
        Console.WriteLine($"{name}: ended with exit code {code} after {passed} passed tests; counted as failed");
    }
    return new Outcome(name, passed, failed, skipped, clock.Elapsed - start);

    int Count(string kind)
    {
        Match match = Regex.Match(output, $@"^  {kind}: (\d+)\r?$", RegexOptions.Multiline | RegexOptions.RightToLeft);
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }
}

// Shows what the command prints while it runs; its exit code, or -1 where it had to be ended at the limit.
int Dotnet(string arguments, out string output)
{
    var text = new StringBuilder();
    using var process = new Process
    {
        StartInfo = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true },
    };
    process.OutputDataReceived += (_, line) =>
    {
        if (line.Data is null)
            return;
        Console.WriteLine(line.Data);
        text.AppendLine(line.Data);
    };
    process.Start();
    process.BeginOutputReadLine();
    TimeSpan left = limit - clock.Elapsed;
    bool ended = left > TimeSpan.Zero && process.WaitForExit(left);
    if (!ended)
    {
        Console.WriteLine($"the tests' limit of {limit.TotalMinutes:0} minutes is reached");
        process.Kill(entireProcessTree: true);
    }
    process.WaitForExit();
    output = text.ToString();
    return ended ? process.ExitCode : -1;
}

string Summary()
{
    var text = new StringBuilder();
    text.AppendLine("# Long tests");
    text.AppendLine();
    text.AppendLine("Written by `./build.sh test --long`.");
    text.AppendLine();
    text.AppendLine($"{DateTime.UtcNow:yyyy-MM-dd}, {ProcessorName()}, {Environment.ProcessorCount} cores, " +
        $"{RuntimeInformation.FrameworkDescription}");
    text.AppendLine();
    text.AppendLine("| project | passed | failed | skipped | seconds |");
    text.AppendLine("|---|---:|---:|---:|---:|");
    foreach (Outcome outcome in outcomes)
        text.AppendLine($"| {outcome.Name} | {outcome.Passed} | {outcome.Failed} | {outcome.Skipped} | {outcome.Duration.TotalSeconds:0} |");
    return text.Replace("\r\n", "\n").ToString();
}

static string ProcessorName()
{
    if (OperatingSystem.IsLinux())
    {
        Match model = Regex.Match(File.ReadAllText("/proc/cpuinfo"), @"^model name\s*: (.+)$", RegexOptions.Multiline);
        if (model.Success)
            return model.Groups[1].Value;
    }
    return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
}

record Outcome(string Name, int Passed, int Failed, int Skipped, TimeSpan Duration);
