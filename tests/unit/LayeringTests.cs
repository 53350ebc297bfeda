using System.Text.RegularExpressions;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>The order of the source folders, and what every source file keeps to.</summary>
public partial class LayeringTests
{
    /// <summary>Folders of src/LlamaSpan, lowest first: each may use only those before it.</summary>
    private static readonly string[] s_layers =
        ["Interop", "Model", "Inference", "Sampling", "Json", "Generation", "Cache", "Engine", "Recipes"];

    private static readonly string[] s_sourceRoots = ["src", "tests", "samples", "benchmarks"];

    [Fact]
    public void Each_folder_uses_only_what_stands_below_it()
    {
        List<(string Path, int Layer, string Code)> files =
            [.. SourceFiles("src/LlamaSpan").Select(file => (file, LayerOf(file), CodeOf(Repository.PathOf(file))))];
        Assert.NotEmpty(files);

        // Parts of a partial type may stand in several folders: it belongs to the lowest.
        Dictionary<string, int> declared = [];
        foreach ((_, int layer, string code) in files)
            foreach (string type in TopLevelTypes(code))
                declared[type] = Math.Min(layer, declared.GetValueOrDefault(type, int.MaxValue));

        IEnumerable<string> violations =
            from file in files
            from name in Identifier().Matches(file.Code).Select(match => match.Value).Distinct()
            where declared.GetValueOrDefault(name, -1) > file.Layer
            select $"{file.Path} uses {name} of {s_layers[declared[name]]}, which stands above it";
        Assert.Empty(violations);
    }

    [Fact]
    public void No_import_is_written_by_hand() =>
        Assert.DoesNotContain(AllSourceFiles(), file => ImportAttribute().IsMatch(CodeOf(Repository.PathOf(file))));

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.Empty(
            from file in AllSourceFiles()
            let lines = File.ReadLines(Repository.PathOf(file)).Count()
            where lines > 500
            select $"{file} has {lines} lines");

    [Fact]
    public void Every_file_name_says_what_is_in_it() =>
        Assert.DoesNotContain(AllSourceFiles(), file => EmptyName().IsMatch(Path.GetFileNameWithoutExtension(file)));

    [Theory]
    [InlineData("class A { } // B", "A")]
    [InlineData("internal readonly ref partial struct A<T>\n{\n    class Nested { }\n}\n", "A")]
    [InlineData("public delegate ref readonly int A(int b);", "A")]
    [InlineData("[Flags]\npublic enum A : byte { B }\nrecord struct C(int D);\nsealed record E;", "A C E")]
    [InlineData("/* class X { }\nclass Y */\ninterface A { }", "A")]
    [InlineData("static class A\n{\n    const string B = \"\"\"\nclass X { }\n\"\"\";\n}", "A")]
    public void Finds_the_types_that_a_file_declares(string source, string types) =>
        Assert.Equal(types.Split(' '), TopLevelTypes(NotCode().Replace(source, " ")));

    [Theory]
    [InlineData("a = \"Text \\\" Text\" + b;", "a  =   + b;")]
    [InlineData("a('\"', B, '\\'', C)", "a( , B,  , C)")]
    [InlineData("$@\"x \"\"Text\"\" y\" + B // Text\nC", "  + B  \nC")]
    public void Leaves_strings_and_comments_out(string source, string code) =>
        Assert.Equal(code.Replace("  ", " "), NotCode().Replace(source, " ").Replace("  ", " "));

    private static int LayerOf(string file)
    {
        string folder = file.Split('/')[2];
        int layer = Array.IndexOf(s_layers, folder);
        Assert.True(layer >= 0, $"{file}: src/LlamaSpan has the folders {string.Join(", ", s_layers)}");
        return layer;
    }

    private static IEnumerable<string> AllSourceFiles() =>
        from root in s_sourceRoots
        where Directory.Exists(Repository.PathOf(root))
        from file in SourceFiles(root)
        where !file.Contains("/Generated/")
        select file;

    /// <summary>The C# files below a folder, relative to the repository, with forward slashes; without what the build writes.</summary>
    private static IEnumerable<string> SourceFiles(string folder) =>
        from path in Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
        where !file.Contains("/obj/") && !file.Contains("/bin/")
        select file;

    private static string CodeOf(string path) => NotCode().Replace(File.ReadAllText(path), " ");

    /// <summary>Types that are not nested: with file-scoped namespaces those are not indented.</summary>
    private static IEnumerable<string> TopLevelTypes(string code) =>
        TypeDeclaration().Matches(code).Select(match => match.Groups["name"].Value);

    /// <summary>Comments, strings (raw, verbatim, plain) and characters.</summary>
    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\$*(?<quotes>"{3,}).*?\k<quotes>|(@\$?|\$@)"([^"]|"")*"|\$?"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])+'""",
        RegexOptions.Singleline)]
    private static partial Regex NotCode();

    [GeneratedRegex("""
        ^(?:[a-z]+\ )*(?:class|struct|interface|enum|record\ struct|record\ class|record|delegate\ [\w.<>\[\]?*\ ]+?)
        \ (?!struct\b|class\b)(?<name>[A-Za-z_]\w*)\s*(?=[<({:;\n]|where\b)
        """, RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex TypeDeclaration();

    /// <summary>A name that can be a type: not a member behind a dot.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"[\[,]\s*(System\.Runtime\.InteropServices\.)?(Dll|Library)Import(Attribute)?\s*\(")]
    private static partial Regex ImportAttribute();

    [GeneratedRegex(@"(Utils?|Utilities|Helpers?|Manager|Misc|Common|Stuff)$")]
    private static partial Regex EmptyName();
}
