using Xunit;

namespace LlamaSpan.UnitTests.Cache;

public sealed class DiskTierTests : IDisposable
{
    private const int Bytes = 1000;      // of a sequence's cells

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-disk-").FullName;

    [Fact]
    public void What_waits_to_be_written_is_bounded_and_at_the_end_waited_for()
    {
        using ManualResetEventSlim writing = new(), go = new();
        using (DiskTier disk = new(_folder, 1 << 20, key: 1, queueLimit: 3 * Bytes, _ =>
        {
            writing.Set();
            go.Wait(TimeSpan.FromMinutes(1));
        }))
        {
            Directory.Delete(_folder);
            disk.Write(Prefix(0), wait: false);      // fails, and keeps the writer busy
            Assert.True(writing.Wait(TimeSpan.FromMinutes(1)));
            Directory.CreateDirectory(_folder);
            for (int i = 1; i < 6; i++)
                disk.Write(Prefix(i), wait: false);
            Assert.Equal(3 * Bytes, disk.Queued);      // three more were dropped
            _ = Task.Run(async () =>
            {
                await Task.Delay(50);
                go.Set();
            });
            for (int i = 6; i < 12; i++)
                disk.Write(Prefix(i), wait: true);
        }
        using DiskTier again = new(_folder, 1 << 20, key: 1, queueLimit: 0, _ => { });
        Assert.Equal([1, 2, 6, 7, 8, 9, 10, 11], Enumerable.Range(0, 12).Where(i => again.Find("a", Prefix(i).Tokens).Length == 64));
        again.Write(Prefix(20), wait: false);      // one can always be written
        Assert.Equal((null, 0), again.Find("b", Prefix(1).Tokens));
    }

    [Fact]
    public void Names_and_tokens_that_read_alike_in_a_row_have_files_of_their_own()
    {
        StoredPrefix one = new("a", [new(0x61), new(5)], 2), other = new("a\0a\0\0", [new(5)], 1), third = new("a\0", [new(0x61), new(5)], 2);
        Assert.Equal(3, new[] { one, other, third }.Select(prefix => PrefixFile.NameOf(1, prefix)).Distinct().Count());
        Assert.NotEqual(PrefixFile.NameOf(1, one), PrefixFile.NameOf(2, one));
    }

    [Fact]
    public void A_damaged_header_with_more_tokens_than_a_span_holds_is_removed()
    {
        const int Header = 56, Tokens = 1 << 29;
        using (DiskTier disk = new(_folder, 1 << 20, key: 1, queueLimit: 0, _ => { }))
            disk.Write(Prefix(0), wait: false);
        string path = Assert.Single(Directory.GetFiles(_folder));
        using (FileStream file = new(path, FileMode.Open))
        {
            file.SetLength(Header + 4L * Tokens + Bytes);      // what is not written takes no room on the disk
            file.Position = 12;
            file.Write([.. BitConverter.GetBytes(0), .. BitConverter.GetBytes(Tokens)]);
        }
        List<string> warnings = [];
        using DiskTier again = new(_folder, 1 << 20, key: 1, queueLimit: 0, warnings.Add);
        Assert.Contains("lengths", Assert.Single(warnings));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static StoredPrefix Prefix(int number) => new("a", [.. Enumerable.Range(0, 64).Select(i => new LlamaToken(number * 100 + i))], 64)
    {
        Saved = SavedSequence.Copy(new byte[Bytes], 64, 64),
        Size = Bytes,
    };
}
