namespace LlamaSpan;

/// <summary>
/// A text being read: the heads still alive and the frames they return to. Everything is appended to arrays and taken back by lowering their
/// tops, so reading on trial, rolling back and rereading allocate nothing once the arrays have grown.
/// </summary>
internal sealed partial class Tape
{
    private const int MaxHeads = 512;

    private readonly JsonGrammarOptions _options;
    private readonly ValueWays? _ways; // where what lies in items is followed
    private Head[] _heads = new Head[32];
    private Frame[] _frames = new Frame[32];
    private ExtraName[] _extras = new ExtraName[8];
    private byte[] _text = new byte[256];
    private int _headTop;
    private int _frameTop = 1;
    private int _extraTop = 1; // 0 means none

    public Tape(JsonGrammar grammar, Grounding? grounding = null)
    {
        (_options, _ways, Grounding) = (grammar.Options, grammar.Ways, grounding);
        _frames[0] = new Frame { Next = EndNode.Instance, Item = -1 };
        int frame = grammar.Closing is { } closing ? AddFrame(new Frame { Next = closing, Item = -1 }) : 0;
        _heads[_headTop++] = new Head { Node = grammar.Start, Frame = frame };
    }

    private Tape(Tape other)
    {
        (_options, _ways, Grounding) = (other._options, other._ways, other.Grounding);
        (_heads, _frames, _extras, _text) = ([.. other._heads], [.. other._frames], [.. other._extras], [.. other._text]);
        (_headTop, _frameTop, _extraTop, TextLength) = (other._headTop, other._frameTop, other._extraTop, other.TextLength);
    }

    /// <summary>The arrays' tops at one time.</summary>
    public readonly record struct Mark(int Heads, int Frames, int Extras, int Text);

    public int HeadTop => _headTop;

    /// <summary>Bytes read.</summary>
    public int TextLength { get; private set; }

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, TextLength);

    /// <summary>If set, names of unlisted properties may repeat; <see cref="ExtrasClosed"/> then says that one was read.</summary>
    public bool IgnoreExtras { get; set; }

    /// <summary>Unlisted names read to their end: those begun before <see cref="Base"/> count 1, others 2.</summary>
    public int ExtrasClosed { get; set; }

    /// <summary>Where a walk began: frames and text before it belong to what was read earlier.</summary>
    public Mark Base { get; set; }

    /// <summary>The texts that strings must come from, if any.</summary>
    public Grounding? Grounding { get; }

    /// <summary>Set once those texts were asked.</summary>
    public bool TouchedGrounding { get; set; }

    /// <summary>Set once values that the text itself holds were asked.</summary>
    public bool TouchedValues { get; set; }

    /// <summary>The least depth of a frame from before <see cref="Base"/> that was returned to.</summary>
    public int LowestReturn { get; set; } = int.MaxValue;

    /// <summary>The deepest nesting that was asked for.</summary>
    public int DeepestNeed { get; set; }

    public ref Head this[int index] => ref _heads[index];

    public Frame FrameAt(int index) => _frames[index];

    public ExtraName ExtraAt(int index) => _extras[index];

    /// <summary>Writes a byte that was read by other means than <see cref="Step"/>; the text then ends after it.</summary>
    public void Write(int at, byte b)
    {
        if (at == _text.Length)
            Array.Resize(ref _text, at * 2);
        _text[at] = b;
        TextLength = at + 1;
    }

    public Tape Clone() => new(this);

    public Mark Now() => new(_headTop, _frameTop, _extraTop, TextLength);

    public void Restore(Mark mark)
    {
        (_headTop, _frameTop, _extraTop, TextLength) = (mark.Heads, mark.Frames, mark.Extras, mark.Text);
        if (TextLength < _valuesEnd)
            ForgetValues();
        ForgetApart();
    }

    /// <summary>Moves the last heads down to an index.</summary>
    public void MoveHeads(int from, int to)
    {
        int count = _headTop - from;
        _heads.AsSpan(from, count).CopyTo(_heads.AsSpan(to));
        _headTop = to + count;
    }

    public int Push(in Head head)
    {
        if (_headTop == _heads.Length)
            Array.Resize(ref _heads, _headTop * 2);
        _heads[_headTop] = head;
        return _headTop++;
    }

    /// <summary>True if one of the heads has read a whole value.</summary>
    public bool IsComplete(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            ref Head h = ref _heads[i];
            bool complete = h.Node switch
            {
                EndNode => true,
                MarkerNode m => m.MayEnd,
                NumberNode n => n.Machine.Accepts(h.A) && _frames[h.Frame].Next is EndNode or MarkerNode { MayEnd: true },
                StringNode { IsRaw: true } s => s.Machine.Accepts(h.A, h.B),
                _ => false,
            };
            if (complete)
                return true;
        }
        return false;
    }

    /// <summary>Reads a byte with the heads in a range; the heads after it are appended. False if none lives.</summary>
    public bool Step(int from, int to, byte b)
    {
        if (TextLength == _text.Length)
            Array.Resize(ref _text, TextLength * 2);
        _text[TextLength++] = b;
        int start = _headTop;
        for (int i = from; i < to; i++)
        {
            Head head = _heads[i];
            StepHead(ref head, b, start);
        }
        return _headTop > start;
    }

    private void Emit(in Head head, int start)
    {
        if (_frames[head.Frame].Around != 0 && !MayDiffer(head))
            return;
        Add(head, start);
    }

    private void Add(in Head head, int start)
    {
        for (int i = start; i < _headTop; i++)
            if (_heads[i].Equals(head))
                return;
        if (_headTop - start < MaxHeads)
            Push(head);
    }

    private void StepHead(ref Head h, byte b, int start)
    {
        switch (h.Node)
        {
            case StringNode s:
                if (b == '"' && !s.IsRaw && s.Machine.Lexer.IsBetween(h.A))
                {
                    if (s.Machine.Accepts(h.A, h.B))
                        Leave(h, TextLength, start);
                }
                else if (s.Machine.Step(ref h.A, ref h.B, b))
                {
                    Emit(h, start);
                }
                break;
            case KeyNode key:
                StepKey(ref h, key, b, start);
                break;
            case ObjectState state:
                StepObject(ref h, state, b, start);
                break;
            case PropertyNode property:
                StepProperty(ref h, property, b, start);
                break;
            case ValueNode value:
                StepValue(ref h, value, b, start);
                break;
            case ArrayState state:
                StepArray(ref h, state, b, start);
                break;
            case NumberNode n:
                int digits = h.A;
                if (n.Machine.Step(ref h.A, ref h.B, b))
                    Emit(h, start);
                else if (n.Machine.Accepts(digits))
                {
                    if (TryReturn(h, TextLength - 1, out Head after) && MayEndBefore(b, after))
                        StepHead(ref after, b, start);
                }
                break;
            case GroundedNode grounded:
                StepGrounded(ref h, grounded, b, start);
                break;
            case MarkerNode marker:
                StepMarker(ref h, marker, b, start);
                break;
            case LiteralNode literal when h.A < literal.Text.Length && literal.Text[h.A] == b:
                h.A++;
                if (h.A == literal.Text.Length)
                    Leave(h, TextLength, start);
                else
                    Emit(h, start);
                break;
        }
    }

    private int AddFrame(in Frame frame)
    {
        if (_frameTop == _frames.Length)
            Array.Resize(ref _frames, _frameTop * 2);
        _frames[_frameTop] = frame;
        _frames[_frameTop].Around = frame.Item >= 0 ? _frameTop : _ways is null ? 0 : _frames[frame.Parent].Around;
        return _frameTop++;
    }

    /// <summary>True for places between values, names and punctuation.</summary>
    public static bool IsStructural(Node node) => node is ValueNode or ObjectState or PropertyNode or ArrayState;

    /// <summary>How many bytes of white space may come at a head, of any kind; -1 if that is not all there is to it.</summary>
    public int SpaceRoom(in Head h) =>
        !IsStructural(h.Node) || _options.Whitespace == JsonWhitespace.Separators ? -1
        : _options.Whitespace == JsonWhitespace.None ? 0 : _options.MaxWhitespace - h.B;

    /// <summary>The head after its value has ended.</summary>
    public Head Return(in Head h)
    {
        ref Frame frame = ref _frames[h.Frame];
        if (h.Frame < Base.Frames)
            LowestReturn = Math.Min(LowestReturn, frame.Depth);
        return new Head { Node = frame.Next, Frame = frame.Parent, Extras = frame.Extras };
    }

    /// <summary>Takes white space between tokens of JSON where there may be more of it.</summary>
    private bool IsSpace(ref Head h, byte b, bool mustFollow)
    {
        if (b is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            return false;
        if (_options.Whitespace switch
        {
            JsonWhitespace.Flexible => h.B < _options.MaxWhitespace,
            JsonWhitespace.Separators => mustFollow && h.B == 0 && b == ' ',
            _ => false,
        })
        {
            h.B++;
            return true;
        }
        return false;
    }

    private bool LacksSpace(in Head h, bool mustFollow) => mustFollow && h.B == 0 && _options.Whitespace == JsonWhitespace.Separators;

    private int DepthOf(in Head h) => _frames[h.Frame].Depth;

    private bool FitsDepth(int need)
    {
        DeepestNeed = Math.Max(DeepestNeed, need);
        return need <= _options.MaxDepth;
    }

    private void StepValue(ref Head h, ValueNode value, byte b, int start)
    {
        if (IsSpace(ref h, b, h.A == 1))
        {
            Add(h, start);
            return;
        }
        if (LacksSpace(h, h.A == 1))
            return;
        switch (b)
        {
            case (byte)'"':
                if (value.String is { } text)
                    Emit(Inside(h, text), start);
                foreach (GroundedNode grounded in value.Grounded)
                    if (TextsOf(grounded) is { } texts && grounded.IsSatisfied(texts))
                        Emit(Inside(h, grounded), start);
                break;
            case (byte)'{':
                foreach (ObjectState state in value.Objects)
                    if (FitsDepth(DepthOf(h) + state.Height))
                        Emit(Inside(h, state, ObjectState.Open), start);
                break;
            case (byte)'[':
                foreach (ArrayState state in value.Arrays)
                    if (FitsDepth(DepthOf(h) + state.Height))
                        Emit(Inside(h, state, ArrayState.Open), start);
                break;
            case (byte)'t' when (value.Literals & JsonTypes.True) != 0:
                Emit(Inside(h, LiteralNode.True, 1), start);
                break;
            case (byte)'f' when (value.Literals & JsonTypes.False) != 0:
                Emit(Inside(h, LiteralNode.False, 1), start);
                break;
            case (byte)'n' when (value.Literals & JsonTypes.Null) != 0:
                Emit(Inside(h, LiteralNode.Null, 1), start);
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9') when value.Number is { } number:
                Head inside = Inside(h, number);
                if (number.Machine.Step(ref inside.A, ref inside.B, b))
                    Emit(inside, start);
                break;
        }
    }

    private static Head Inside(in Head h, Node node, int a = 0) => new() { Node = node, A = a, Frame = h.Frame };

    private void StepObject(ref Head h, ObjectState state, byte b, int start)
    {
        if (IsSpace(ref h, b, h.A == ObjectState.AfterComma))
        {
            Add(h, start);
            return;
        }
        switch (b)
        {
            case (byte)'}' when h.A != ObjectState.AfterComma && state.CanClose:
                Leave(h, TextLength, start);
                break;
            case (byte)',' when h.A == ObjectState.AfterValue && Fitting(h, state) is { HasMore: true } next && !IsUsedUp(h, next):
                Emit(h with { A = ObjectState.AfterComma, B = 0 }, start);
                break;
            case (byte)'"' when h.A != ObjectState.AfterValue && Fitting(h, state) is { HasMore: true } next && !IsUsedUp(h, next) && !LacksSpace(h, h.A == ObjectState.AfterComma):
                Emit(h with { Node = next.Key, A = 0, B = next.Extras is null || !MayAddUnlisted(h, next) ? -1 : 0, C = 0, D = TextLength }, start);
                break;
        }
    }

    /// <summary>An object's state with those next properties alone whose values do not nest too deep.</summary>
    public ObjectState Fitting(in Head h, ObjectState state) =>
        FitsDepth(DepthOf(h) + state.MostNeed) ? state : state.Within(_options.MaxDepth - DepthOf(h));

    private void StepKey(ref Head h, KeyNode key, byte b, int start)
    {
        ObjectState state = key.Owner;
        KeyTrie trie = state.Shape.Trie;
        if (b == '"' && (h.B >= 0 ? state.Extras!.Machine.Lexer.IsBetween(h.B) : trie.Step(h.A, b) < 0))
        {
            CloseKey(ref h, state, start);
            return;
        }
        if (h.A >= 0)
        {
            h.A = trie.Step(h.A, b);
            if (h.A >= 0)
            {
                (int low, int high) = trie.Below(h.A);
                if (!state.MayCome(low, high) && h.B < 0)
                    h.A = -1;
            }
        }
        if (h.B >= 0 && (!state.Extras!.Machine.Step(ref h.B, ref h.C, b) || IsUsedUp(h, state.Extras.Machine, _text.AsSpan(h.D, TextLength - h.D))))
        {
            h.B = -1;
            if (h.A >= 0 && trie.Below(h.A) is var (low, high) && !state.MayCome(low, high))
                h.A = -1;
        }
        if (h.A >= 0 || h.B >= 0)
            Emit(h, start);
    }

    private void CloseKey(ref Head h, ObjectState state, int start)
    {
        ObjectShape shape = state.Shape;
        int name = h.A >= 0 ? shape.Trie.NameAt(h.A) : -1;
        int index = name;
        if (name >= 0)
        {
            if (!state.MayCome(name))
                return;
        }
        else
        {
            int length = TextLength - 1 - h.D;
            if (h.B < 0 || !state.Extras!.Machine.Accepts(h.B, h.C) || (!IgnoreExtras && IsRepeated(h, length)))
                return;
            ExtrasClosed = Math.Max(ExtrasClosed, h.D < Base.Text ? 1 : 2);
            index = shape.Names.Length + state.Extras.RegionAt(h.B);
            h.Extras = AddExtra(h.D, length, h.Extras);
        }
        if (state.Plan(index) is { } plan)
            Emit(new Head { Node = plan, Frame = h.Frame, Extras = h.Extras }, start);
    }

    /// <summary>Whether no name is left for a next property: only unlisted ones might come, and all of those were used.</summary>
    private bool IsUsedUp(in Head h, ObjectState state) =>
        state.Extras?.Machine is { MayRunOut: true } names && !state.MayCome(0, state.Shape.Names.Length) && IsUsedUp(h with { B = 0, C = 0 }, names, []);

    /// <summary>Whether every unlisted name that begins so was used before.</summary>
    private bool IsUsedUp(in Head h, StringMachine names, ReadOnlySpan<byte> begun)
    {
        if (!names.MayRunOut || !names.Lexer.IsBetween(h.B))
            return false;
        if (IgnoreExtras)
        {
            ExtrasClosed = 2; // it hangs on the names used: to be checked each time
            return false;
        }
        long left = h.Extras == 0 ? long.MaxValue : names.Completions(h.B, h.C);
        for (int e = h.Extras; e != 0 && left < long.MaxValue && left > 0; e = _extras[e].Before)
            if (_text.AsSpan(_extras[e].Start, _extras[e].Length).StartsWith(begun))
                left--;
        return left <= 0;
    }

    private bool IsRepeated(in Head h, int length)
    {
        ReadOnlySpan<byte> name = _text.AsSpan(h.D, length);
        for (int e = h.Extras; e != 0; e = _extras[e].Before)
            if (_text.AsSpan(_extras[e].Start, _extras[e].Length).SequenceEqual(name))
                return true;
        return false;
    }

    private int AddExtra(int start, int length, int before)
    {
        // readings that end at the same byte share it, so that they can meet again
        for (int e = _extraTop - 1; e > 0 && _extras[e].Start == start && _extras[e].Length == length; e--)
            if (_extras[e].Before == before)
                return e;
        if (_extraTop == _extras.Length)
            Array.Resize(ref _extras, _extraTop * 2);
        _extras[_extraTop] = new ExtraName { Start = start, Length = length, Before = before };
        return _extraTop++;
    }

    private void StepProperty(ref Head h, PropertyNode property, byte b, int start)
    {
        if (IsSpace(ref h, b, mustFollow: false))
            Add(h, start);
        else if (b == ':')
            Go(h, property.Forks, start);
    }

    /// <summary>Into each fork's value, to return to its next state.</summary>
    private void Go(in Head h, Fork[] forks, int start, bool spaced = true)
    {
        int depth = DepthOf(h) + 1, item = h.Node is ArrayState { Shape.IsUnique: true } ? TextLength - (spaced ? 0 : 1) : -1;
        foreach (Fork fork in forks)
        {
            if (!FitsDepth(depth - 1 + fork.NextHeight) || !FitsDepth(depth + fork.ValueHeight))
                continue;
            int frame = AddFrame(new Frame { Next = fork.Next, Parent = h.Frame, Extras = h.Extras, Depth = depth, Item = item });
            Head value = new() { Node = fork.Value, A = spaced ? 1 : 0, Frame = frame };
            if (spaced)
                Emit(value, start);
            else
                Add(value, start); // the byte read belongs to the value: what it makes of that is looked at
        }
    }

    private void StepArray(ref Head h, ArrayState state, byte b, int start)
    {
        if (IsSpace(ref h, b, mustFollow: false))
        {
            Add(h, start);
            return;
        }
        if (b == ']')
        {
            if (state.CanClose)
                Leave(h, TextLength, start);
        }
        else if (h.A == ArrayState.AfterValue)
        {
            if (b == ',')
                Go(h, state.Forks, start);
        }
        else
        {
            // the first item: its fork's heads take the byte at once, so that an empty array needs no reading ahead
            int mark = _headTop;
            Go(h, state.Forks, mark, spaced: false);
            int count = _headTop - mark;
            for (int i = 0; i < count; i++)
            {
                Head item = _heads[mark + i];
                item.B = h.B;
                StepHead(ref item, b, mark + count);
            }
            int made = _headTop - mark - count;
            _heads.AsSpan(mark + count, made).CopyTo(_heads.AsSpan(mark));
            _headTop = mark + made;
        }
    }
}
