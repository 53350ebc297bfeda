namespace LlamaSpan;

/// <summary>Writes files so that a reader, or a process that starts after a crash, sees the old file or the whole new one.</summary>
internal static class AtomicFile
{
    /// <summary>What the names of files end with that are being written, or were when their process died.</summary>
    internal const string TemporaryExtension = ".tmp";

    /// <summary>Writes a file beside the place it is for, flushes it to the disk and renames it.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="write">Writes its content; where it throws, nothing is changed.</param>
    internal static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}{TemporaryExtension}";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
