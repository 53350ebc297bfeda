using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public sealed class DocumentFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_text_files_in_the_order_of_their_names()
    {
        Write("b.md", "# Two"u8);
        Write("a.TXT", "\uFEFFOne"u8);
        Write("c.pdf", [0xFF, 0xFE]);
        Write("d.txt", " \n"u8);
        Assert.Equal([new("a.TXT", 1, 1, "One"), new("b.md", 1, 1, "# Two")], DocumentFolder.Read(_folder));
    }

    [Fact]
    public void The_documents_that_ship_are_at_most_six_and_short()
    {
        List<Passage> passages = DocumentFolder.Read(Repository.PathOf("samples/documents"));
        Assert.InRange(passages.Count, 2, 6);
        Assert.All(passages, passage => Assert.Equal(1, passage.Count));
    }

    [Fact]
    public void Refuses_a_folder_that_is_not_there() => Refuses(Path.Combine(_folder, "none"), "no such folder");

    [Fact]
    public void Refuses_a_folder_without_text()
    {
        Write("a.txt", " \n"u8);
        Write("b.png", "text"u8);
        Refuses(_folder, "no .txt or .md file with text in it");
    }

    [Fact]
    public void Refuses_a_file_that_is_not_UTF8_and_names_it()
    {
        Write("a.txt", [0x61, 0xFF]);
        Refuses(_folder, $"a.txt: not UTF-8 text");
    }

    private void Write(string name, ReadOnlySpan<byte> content) => File.WriteAllBytes(Path.Combine(_folder, name), content.ToArray());

    private static void Refuses(string folder, string message)
    {
        string said = Assert.Throws<InputException>(() => DocumentFolder.Read(folder)).Message;
        Assert.EndsWith(message, said);
        Assert.DoesNotContain('\n', said);
    }
}
