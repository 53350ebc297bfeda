using System.Buffers;
using System.Threading.Tasks.Sources;

namespace LlamaSpan;

/// <summary>
/// A streamed answer, to be enumerated once by <c>await foreach</c>; leaving the loop early cancels the request. Once warm, a piece
/// allocates nothing. A consumer that does not read pauses its own request, no other.
/// </summary>
public sealed class TokenStream : IAsyncEnumerable<Utf8Piece>, IAsyncEnumerator<Utf8Piece>, IValueTaskSource<bool>
{
    private readonly Lock _gate = new();
    private readonly EngineLoop _loop;
    private readonly Sink _sink;
    private readonly int _limit;
    private Entry[] _entries;                     // a ring
    private TokenLogProbability[] _tops;
    private readonly TokenLogProbability[] _top;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private byte[] _text;                         // of the entries, one after another from _textStart
    private byte[] _current;                      // of the piece being read
    private int _first, _count, _textStart, _textEnd, _currentLength;
    private bool _waiting, _ended, _begun, _disposed;
    private Exception? _error;
    private Entry _entry;
    private EngineRequest _request = null!;

    internal TokenStream(EngineLoop loop, int limit, int topCount)
    {
        (_loop, _limit, _sink) = (loop, limit, new Sink(this));
        _entries = new Entry[limit + 2];          // a last piece may come behind a full buffer
        _tops = topCount == 0 ? [] : new TokenLogProbability[topCount * _entries.Length];
        _top = topCount == 0 ? [] : new TokenLogProbability[topCount];
        _text = ArrayPool<byte>.Shared.Rent(1024);
        _current = ArrayPool<byte>.Shared.Rent(256);
    }

    private readonly record struct Entry(LlamaToken Token, int Length, float LogProbability, int TopCount);

    /// <summary>The last piece; what it refers to is valid until the next <see cref="MoveNextAsync"/>.</summary>
    public Utf8Piece Current => new(_entry.Token, _current.AsMemory(0, _currentLength), _entry.LogProbability, _top.AsMemory(0, _entry.TopCount));

    /// <summary>Why the answer ended; <see cref="FinishReason.None"/> before.</summary>
    public FinishReason FinishReason => End.FinishReason;

    /// <summary>What it cost; all zero before its end.</summary>
    public RequestUsage Usage => End.Usage;

    /// <summary>How it ended.</summary>
    public StreamEnd End { get; private set; }

    /// <summary>Begins to enumerate.</summary>
    /// <param name="cancellationToken">Cancels the request, beside the token that it was made with.</param>
    /// <exception cref="InvalidOperationException">It was enumerated before.</exception>
    public TokenStream GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (_begun)
            throw new InvalidOperationException("A stream can be read once.");
        _begun = true;
        if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.UnsafeRegister(static stream => ((TokenStream)stream!).Cancel(), this);
        return this;
    }

    IAsyncEnumerator<Utf8Piece> IAsyncEnumerable<Utf8Piece>.GetAsyncEnumerator(CancellationToken cancellationToken) => GetAsyncEnumerator(cancellationToken);

    /// <summary>Waits for the next piece; one call at a time.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="OperationCanceledException">The request was cancelled.</exception>
    /// <exception cref="RequestException">The engine did not answer it to the end.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    public ValueTask<bool> MoveNextAsync()
    {
        bool resumes;
        lock (_gate)
        {
            if (_count == 0 && !_ended)
            {
                _source.Reset();
                _waiting = true;
                return new ValueTask<bool>(this, _source.Version);
            }
            if (_count == 0)
                return _error is null ? new ValueTask<bool>(false) : ValueTask.FromException<bool>(_error);
            resumes = Dequeue();
        }
        if (resumes)
            _loop.Wake();
        return new ValueTask<bool>(true);
    }

    /// <summary>Ends the stream; a request that is not at its end is cancelled.</summary>
    public ValueTask DisposeAsync()
    {
        _cancellation.Dispose();
        bool running;
        lock (_gate)
        {
            running = !_ended;
            if (!running && !_disposed)
                FreeBuffers();
            _disposed = true;
        }
        if (running)
            Cancel();
        return default;
    }

    /// <summary>Writes the whole answer to a buffer as it comes.</summary>
    internal async Task<StreamEnd> WriteToAsync(IBufferWriter<byte> output)
    {
        await foreach (Utf8Piece piece in ((IAsyncEnumerable<Utf8Piece>)this).ConfigureAwait(false))
            output.Write(piece.Text);
        return End;
    }

    internal RequestSink Output => _sink;

    internal void Attach(EngineRequest request) => _request = request;

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _source.GetResult(token);
        bool resumes;
        lock (_gate)
        {
            if (_count == 0)
                return _error is null ? false : throw _error;
            resumes = Dequeue();
        }
        if (resumes)
            _loop.Wake();
        return true;
    }

    private void Cancel() => _request.Cancel(_loop);

    /// <summary>Makes the oldest entry the current piece; true if the request waited for that.</summary>
    private bool Dequeue()
    {
        bool wasFull = _count >= _limit;
        _entry = _entries[_first];
        Reserve(ref _current, 0, _entry.Length);
        _text.AsSpan(_textStart, _entry.Length).CopyTo(_current);
        _currentLength = _entry.Length;
        _tops.AsSpan(_first * _top.Length, _entry.TopCount).CopyTo(_top);
        _textStart += _entry.Length;
        _first = (_first + 1) % _entries.Length;
        if (--_count == 0)
            (_textStart, _textEnd) = (0, 0);
        return wasFull && _count < _limit;
    }

    private void Enqueue(LlamaToken token, ReadOnlySpan<byte> text, float logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
        if (_textEnd + text.Length > _text.Length && _textStart > 0)
        {
            _text.AsSpan(_textStart, _textEnd - _textStart).CopyTo(_text);
            (_textStart, _textEnd) = (0, _textEnd - _textStart);
        }
        Reserve(ref _text, _textEnd, _textEnd + text.Length);
        text.CopyTo(_text.AsSpan(_textEnd));
        _textEnd += text.Length;
        if (_count == _entries.Length)
            Grow();
        int place = (_first + _count++) % _entries.Length;
        _entries[place] = new Entry(token, text.Length, logProbability, top.Length);
        top.CopyTo(_tops.AsSpan(place * _top.Length));
    }

    /// <summary>Makes room for tokens that come many at once, not one a step.</summary>
    private void Grow()
    {
        Entry[] entries = new Entry[_count * 2];
        TokenLogProbability[] tops = new TokenLogProbability[entries.Length * _top.Length];
        for (int i = 0; i < _count; i++)
        {
            int place = (_first + i) % _entries.Length;
            entries[i] = _entries[place];
            _tops.AsSpan(place * _top.Length, _top.Length).CopyTo(tops.AsSpan(i * _top.Length));
        }
        (_entries, _tops, _first) = (entries, tops, 0);
    }

    private static void Reserve(ref byte[] buffer, int used, int length)
    {
        if (length <= buffer.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, buffer.Length * 2));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private void FreeBuffers()
    {
        ArrayPool<byte>.Shared.Return(_text);
        ArrayPool<byte>.Shared.Return(_current);
        (_text, _current, _count, _currentLength) = ([], [], 0, 0);
    }

    /// <summary>The engine's end of the stream.</summary>
    private sealed class Sink(TokenStream stream) : RequestSink
    {
        internal override bool IsFull
        {
            get
            {
                lock (stream._gate)
                    return stream._count >= stream._limit;
            }
        }

        internal override void Add(LlamaToken token, ReadOnlySpan<byte> text, float logProbability, ReadOnlySpan<TokenLogProbability> top)
        {
            bool wake;
            lock (stream._gate)
            {
                if (stream._disposed)
                    return;
                stream.Enqueue(token, text, logProbability, top);
                wake = stream._waiting;
                stream._waiting = false;
            }
            if (wake)
                stream._source.SetResult(true);
        }

        internal override void Complete(EngineRequest request) => Finish(request, null);

        internal override void Fail(EngineRequest request, Exception error) => Finish(request, error);

        private void Finish(EngineRequest request, Exception? error)
        {
            bool wake;
            lock (stream._gate)
            {
                stream.End = new StreamEnd(request.FinishReason, request.Usage);
                (stream._ended, stream._error) = (true, error);
                wake = stream._waiting;
                stream._waiting = false;
                if (stream._disposed)
                    stream.FreeBuffers();
            }
            if (wake)
                stream._source.SetResult(true);
        }
    }
}
