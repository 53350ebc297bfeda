using System.Text;

namespace RagOverFolder;

/// <summary>Reads a folder's text files.</summary>
static class DocumentFolder
{
    static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The passages of all *.txt and *.md files in the folder, files in the order of their names.</summary>
    /// <exception cref="InputException">There is no such folder, no text in it, or a file that cannot be read.</exception>
    public static List<Passage> Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder");
        List<Passage> passages = [];
        foreach (string file in Directory.EnumerateFiles(folder).Where(IsText).Order(StringComparer.Ordinal))
            passages.AddRange(Passage.Cut(Path.GetFileName(file), ReadText(file)));
        return passages.Count > 0 ? passages : throw new InputException($"{folder}: no .txt or .md file with text in it");
    }

    static bool IsText(string file) => Path.GetExtension(file).ToLowerInvariant() is ".txt" or ".md";

    static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file, s_strictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw new InputException($"{file}: not UTF-8 text");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: cannot be read ({e.Message})");
        }
    }
}
