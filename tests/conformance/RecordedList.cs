using Xunit;

namespace LlamaSpan.ConformanceTests;

/// <summary>A list of what is not done as it should, committed under tests/conformance/recorded. It may only shrink; LLAMASPAN_RECORD=1 writes it anew.</summary>
internal static class RecordedList
{
    /// <summary>Fails where something is found that the list does not have, and, if all was looked at, where the list has what was not found.</summary>
    /// <param name="name">The list's file name.</param>
    /// <param name="found">What was found now.</param>
    /// <param name="complete">Whether everything was looked at.</param>
    public static void Check(string name, IReadOnlyCollection<string> found, bool complete)
    {
        string path = Repository.PathOf($"tests/conformance/recorded/{name}");
        if (complete && Environment.GetEnvironmentVariable("LLAMASPAN_RECORD") == "1")
            File.WriteAllText(path, string.Concat(found.Order(StringComparer.Ordinal).Select(line => line + "\n")));
        HashSet<string> recorded = [.. File.ReadAllLines(path)];
        string[] added = [.. found.Where(line => !recorded.Contains(line))];
        Assert.True(added.Length == 0, $"not in {path}, which may only shrink:\n{string.Join('\n', added)}");
        string[] gone = complete ? [.. recorded.Except(found)] : [];
        Assert.True(gone.Length == 0, $"these are well now: take them out of {path}\n{string.Join('\n', gone)}");
    }
}
