using System.Runtime.InteropServices;
using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

/// <summary>
/// Reads one value out of a near-JSON text onto a tape. It never fails: what makes no sense is passed over. Each step goes on in the text
/// or closes a container, and looking ahead is bounded, so the time is linear in the text.
/// </summary>
internal ref partial struct NearJsonParser(ReadOnlySpan<byte> text, NearJsonTape tape)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly NearJsonTape _tape = tape;
    private readonly List<NearJsonFrame> _frames = [];
    private int _arrays;         // open arrays among the frames
    private int _at;
    private int _backtracking = 4 * text.Length + 4096;   // bytes that strings may still be read twice

    /// <summary>Where reading stands.</summary>
    public readonly int Position => _at;

    private readonly ReadOnlySpan<byte> Rest => _text[_at..];

    private readonly ref NearJsonFrame Top => ref CollectionsMarshal.AsSpan(_frames)[^1];

    /// <summary>Reads the container whose bracket stands at a position, or the object whose opening brace is missing there.</summary>
    /// <returns>Its node.</returns>
    public int ReadContainer(int at)
    {
        _at = at;
        int root = _tape.Count;
        if (_text[at] is (byte)'{' or (byte)'[')
            Open(_text[_at++]);
        else
        {
            Open((byte)'{');
            Note(NearJsonChanges.Brackets);
        }
        while (_frames.Count > 0)
            Step();
        return root;
    }

    /// <summary>Reads a string, number or word that stands alone.</summary>
    /// <returns>Its node, or -1 if there is none.</returns>
    public int ReadScalar(int at)
    {
        _at = at;
        SkipBlanks();
        int node = _tape.Count;
        if (_at < _text.Length && _text[_at] is not ((byte)'{' or (byte)'['))
            ReadValue(false);
        return _tape.Count > node ? node : -1;
    }

    private readonly void Note(NearJsonChanges change) => _tape.Changes |= change;

    private void Step()
    {
        bool gap = SkipBlanks();
        if (_at >= _text.Length)
        {
            Note(NearJsonChanges.Brackets);
            if (Top.Expect is NearJsonExpect.Colon or NearJsonExpect.Value)
                Note(NearJsonChanges.Truncation);
            CloseAll();
        }
        else if (StartsFence(Rest))
        {
            Note(NearJsonChanges.Brackets);
            CloseAll();
        }
        else if (Top.IsArray)
            StepArray(gap);
        else if (Top.Expect == NearJsonExpect.Name)
            StepName(gap);
        else if (Top.Expect == NearJsonExpect.Colon)
            StepColon();
        else if (Top.Expect == NearJsonExpect.Value)
            StepValue();
        else
            StepComma(gap);
    }

    private void StepName(bool gap)
    {
        byte c = _text[_at];
        if (c is (byte)'}' or (byte)']' or (byte)')')
        {
            NoteTrailingComma();
            Closing(c);
        }
        else if (CommaLength(Rest) is > 0 and int comma)
        {
            Note(NearJsonChanges.Commas);
            _at += comma;
        }
        else if (IsQuote())
        {
            ReadString(NearJsonPlace.Name);
            Top.Expect = NearJsonExpect.Colon;
        }
        else if (c == '{' && BelongsToArray())
            CloseTop();   // the next element of an array whose last object is not closed
        else if (IsWord(c))
            ReadBareName(gap);
        else
        {
            Note(NearJsonChanges.Surroundings);
            _at++;
        }
    }

    private void StepColon()
    {
        byte c = _text[_at];
        if (ColonLength(Rest) is > 0 and int colon)
        {
            if (c != ':')
                Note(NearJsonChanges.Colons);
            _at += colon;
            Top.Expect = NearJsonExpect.Value;
        }
        else if (c is (byte)'{' or (byte)'[' or (byte)'-' or (byte)'+' || IsWord(c) || IsQuote())
        {
            Note(NearJsonChanges.Colons);
            (Top.NoColon, Top.Expect) = (true, NearJsonExpect.Value);
        }
        else if (c is (byte)'}' or (byte)']' or (byte)')' || CommaLength(Rest) > 0)
        {
            Top.NoColon = true;
            Miss();
        }
        else
            _at++;
    }

    private void StepValue()
    {
        byte c = _text[_at];
        if (c is (byte)'}' or (byte)']' or (byte)')' || CommaLength(Rest) > 0)
            Miss();
        else if (ColonLength(Rest) is > 0 and int colon)
            _at += colon;
        else
        {
            int count = _tape.Count;
            int frames = _frames.Count;
            Top.Expect = NearJsonExpect.Comma;
            ReadValue(false);
            if (_tape.Count == count && _frames.Count == frames)
                Top.Expect = NearJsonExpect.Value;
        }
    }

    private void StepComma(bool gap)
    {
        byte c = _text[_at];
        if (CommaLength(Rest) is > 0 and int comma)
        {
            _at += comma;
            (Top.NoColon, Top.Expect) = (false, NearJsonExpect.Name);
        }
        else if (c is (byte)'}' or (byte)']' or (byte)')')
            Closing(c);
        else if (ColonLength(Rest) is > 0 and int colon)
        {
            if (Top.NoColon && _tape[_tape.Count - 1].Kind == NearJsonKind.String)
                TurnValueIntoName();
            else
                _at += colon;
        }
        else if (c == '+' && JoinString())
            return;
        else if (IsQuote())
        {
            Note(NearJsonChanges.Commas);
            (Top.NoColon, Top.Expect) = (false, NearJsonExpect.Name);
        }
        else if (c == '{' && BelongsToArray())
            CloseTop();
        else if (IsWord(c))
            ReadBareName(gap);
        else
        {
            Note(NearJsonChanges.Surroundings);
            _at++;
        }
    }

    private void StepArray(bool gap)
    {
        byte c = _text[_at];
        if (c is (byte)'}' or (byte)']' or (byte)')')
        {
            NoteTrailingComma();
            Closing(c);
        }
        else if (CommaLength(Rest) is > 0 and int comma)
        {
            if (Top.Expect == NearJsonExpect.Value)
                Note(NearJsonChanges.Commas);
            Top.Expect = NearJsonExpect.Value;
            _at += comma;
        }
        else if (c == ':' && Top.Expect == NearJsonExpect.Comma && TurnElementIntoName())
            return;
        else if (c is (byte)':' or (byte)'=')
            _at++;
        else if (c == '+' && Top.Expect == NearJsonExpect.Comma && JoinString())
            return;
        else if (Rest.StartsWith("..."u8) || Rest.StartsWith("…"u8))
            _at += 3;
        else if (gap && Top.Expect == NearJsonExpect.Comma && IsWord(c) && !IsDigit(c))
            CloseAll();   // prose after an array that is not closed
        else
        {
            if (Top.Expect == NearJsonExpect.Comma)
                Note(NearJsonChanges.Commas);
            int count = _tape.Count;
            Top.Expect = NearJsonExpect.Comma;
            ReadValue(true);
            if (_tape.Count == count)
                Top.Expect = NearJsonExpect.Value;
        }
    }

    /// <summary>At a closing bracket: if members or elements came before and another was expected, a comma is too many.</summary>
    private readonly void NoteTrailingComma()
    {
        if (Top.Expect is NearJsonExpect.Name or NearJsonExpect.Value && _tape.Count > Top.Node + 1)
            Note(NearJsonChanges.Commas);
    }

    /// <summary>A member whose value does not stand there.</summary>
    private readonly void Miss()
    {
        _tape.Add(NearJsonKind.Missing);
        Top.Expect = NearJsonExpect.Comma;
    }

    /// <summary>"a" "b": 1: what was read as the value of a name without colon is the next name.</summary>
    private readonly void TurnValueIntoName()
    {
        NearJsonNode value = _tape[_tape.Count - 1];
        _tape[_tape.Count - 1] = new NearJsonNode { Kind = NearJsonKind.Missing, End = _tape.Count };
        int name = _tape.Add(NearJsonKind.Name);
        (_tape[name].Start, _tape[name].Length) = (value.Start, value.Length);
        (Top.NoColon, Top.Expect) = (false, NearJsonExpect.Colon);
        Note(NearJsonChanges.Commas);
    }

    /// <summary>["a", "b": 1: the array was not closed, its last element is a name of the object around it.</summary>
    private bool TurnElementIntoName()
    {
        int last = _tape.Count - 1;
        if (_frames.Count < 2 || _frames[^2].IsArray || _tape[last].Kind != NearJsonKind.String || last == Top.Node)
            return false;
        NearJsonNode element = _tape[last];
        _tape.Cut(last);
        CloseTop();
        int name = _tape.Add(NearJsonKind.Name);
        (_tape[name].Start, _tape[name].Length) = (element.Start, element.Length);
        (Top.NoColon, Top.Expect) = (false, NearJsonExpect.Colon);
        return true;
    }

    /// <summary>Whether the object being read has members and stands in an array.</summary>
    private readonly bool BelongsToArray() => _frames.Count > 1 && _frames[^2].IsArray && _tape.Count > Top.Node + 1;

    private void Open(byte bracket)
    {
        bool isArray = bracket != '{';
        _frames.Add(new NearJsonFrame
        {
            IsArray = isArray,
            Expect = isArray ? NearJsonExpect.Value : NearJsonExpect.Name,
            Closer = bracket switch { (byte)'{' => (byte)'}', (byte)'(' => (byte)')', _ => (byte)']' },
            Node = _tape.Add(isArray ? NearJsonKind.Array : NearJsonKind.Object),
        });
        _arrays += isArray ? 1 : 0;
    }

    /// <summary>A closing bracket: closes what it fits, and whatever stands open inside that.</summary>
    private void Closing(byte bracket)
    {
        bool closesArray = bracket != '}';
        if (Top.Closer == bracket)
        {
            _at++;
            if (_frames.Count > 1 || !GoesOn())
                Close();
            return;
        }
        Note(NearJsonChanges.Brackets);
        if (closesArray ? _arrays == 0 : _arrays == _frames.Count)
            _at++;        // it closes nothing
        else if (Top.IsArray == closesArray)
        {
            _at++;        // ( closed by ] or the other way round
            Close();
        }
        else
            Close();      // the bracket's own container lies further out
    }

    /// <summary>Whether members follow after what looks like the end of the outermost object: one closing brace too many before.</summary>
    private readonly bool GoesOn()
    {
        if (Top.IsArray)
            return false;
        int next = AfterBlanks(_at);
        if (next >= _text.Length || CommaLength(_text[next..]) is not (> 0 and int comma) || !NameAhead(AfterBlanks(next + comma)))
            return false;
        Note(NearJsonChanges.Brackets);
        Top.Expect = NearJsonExpect.Comma;
        return true;
    }

    private void CloseTop()
    {
        Note(NearJsonChanges.Brackets);
        Close();
    }

    private void CloseAll()
    {
        Note(NearJsonChanges.Brackets);
        while (_frames.Count > 0)
            Close();
    }

    private void Close()
    {
        if (!Top.IsArray && Top.Expect is (NearJsonExpect.Colon or NearJsonExpect.Value))
        {
            if (Top.Expect == NearJsonExpect.Colon && _at >= _text.Length)
                _tape.Cut(_tape.Count - 1);   // the text broke off within a name
            else
                Miss();
        }
        _tape.Close(Top.Node);
        _arrays -= Top.IsArray ? 1 : 0;
        _frames.RemoveAt(_frames.Count - 1);
    }
}
