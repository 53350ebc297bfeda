using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Where llama.cpp's log goes. llama.cpp has one log callback for the process, called from any thread with pieces of a line; this joins
/// the pieces. Nothing is printed unless a sink is set.
/// </summary>
public static unsafe class NativeLog
{
    private static volatile NativeLogSink? s_sink;

    [ThreadStatic]
    private static ThreadLines? t_lines;

    /// <summary>Takes every line at or above <see cref="MinimumLevel"/>; null (the default) drops them. What it throws is dropped.</summary>
    public static NativeLogSink? Sink
    {
        get => s_sink;
        set => s_sink = value;
    }

    /// <summary>Lines below this level do not reach the sink; <see cref="NativeLogLevel.Information"/> by default.</summary>
    public static NativeLogLevel MinimumLevel { get; set; } = NativeLogLevel.Information;

    /// <summary>Routes the process's log here; called once, before any other native call.</summary>
    internal static void Install() => NativeMethods.llamaspan_log_set(&OnLog, null);

    /// <summary>A point in this thread's log to hand to <see cref="Since"/>; costs and allocates nothing.</summary>
    internal static long Mark() => t_lines?.Warnings ?? 0;

    /// <summary>The warnings and errors of this thread since a mark, oldest first, at most the last 32.</summary>
    internal static IReadOnlyList<string> Since(long mark) => t_lines?.Since(mark) ?? [];

    /// <summary>Calls back with every line of this thread, whatever its level, until disposed.</summary>
    internal static IDisposable Observe(Action<string> observer) => new Observation(t_lines ??= new ThreadLines(), observer);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(ggml_log_level level, byte* text, void* user)
    {
        try
        {
            (t_lines ??= new ThreadLines()).Append((int)level, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
        catch
        {
            // nothing may leave a native callback, and there is nobody to tell
        }
    }

    private sealed class Observation : IDisposable
    {
        private readonly ThreadLines _lines;
        private readonly Action<string>? _outer;

        internal Observation(ThreadLines lines, Action<string> observer)
        {
            (_lines, _outer) = (lines, lines.Observer);
            lines.Observer = observer;
        }

        public void Dispose() => _lines.Observer = _outer;
    }

    /// <summary>One thread's unfinished line and its last warnings.</summary>
    private sealed class ThreadLines
    {
        private const int LongestLine = 16 * 1024;
        private const int Kept = 32;
        private readonly string[] _recent = new string[Kept];
        private readonly List<byte> _line = [];
        private NativeLogLevel _level = NativeLogLevel.Information;

        /// <summary>Number of warnings and errors so far.</summary>
        internal long Warnings { get; private set; }

        internal Action<string>? Observer { get; set; }

        private bool IsWanted => _level >= NativeLogLevel.Warning || Observer is not null || (s_sink is not null && _level >= MinimumLevel);

        internal void Append(int level, ReadOnlySpan<byte> text)
        {
            // any other number continues the line before; so does the same level, where no line break was written
            if (level is >= (int)NativeLogLevel.Debug and <= (int)NativeLogLevel.Error && level != (int)_level)
            {
                Finish();
                _level = (NativeLogLevel)level;
            }
            if (!IsWanted)
                return;
            while (!text.IsEmpty)
            {
                int end = text.IndexOf((byte)'\n');
                ReadOnlySpan<byte> piece = end < 0 ? text : text[..end];
                _line.AddRange(piece[..Math.Min(piece.Length, LongestLine - _line.Count)]);
                if (end < 0)
                    return;
                Finish();
                text = text[(end + 1)..];
            }
        }

        internal IReadOnlyList<string> Since(long mark)
        {
            Finish();
            List<string> lines = [];
            for (long i = Math.Max(mark, Warnings - Kept); i < Warnings; i++)
                lines.Add(_recent[i % Kept]);
            return lines;
        }

        private void Finish()
        {
            if (_line.Count == 0)
                return;
            string line = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_line)).TrimEnd();
            _line.Clear();
            if (line.Length == 0)
                return;
            if (_level >= NativeLogLevel.Warning)
                _recent[Warnings++ % Kept] = line;
            Observer?.Invoke(line);
            if (_level >= MinimumLevel)
                Tell(line);
        }

        /// <summary>Drops what the sink throws: the log must not change how an operation ends.</summary>
        private void Tell(string line)
        {
            try
            {
                s_sink?.Invoke(_level, line);
            }
            catch
            {
                // there is nobody to tell
            }
        }
    }
}
