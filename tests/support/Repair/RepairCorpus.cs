using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlamaSpan.TestSupport.Repair;

/// <summary>
/// Small records of made-up people, products, events and codes with a description of their form and a damaged text, as the pocket model's
/// training data has them.
/// </summary>
public sealed partial class RepairCorpus(int seed)
{
    private static readonly string[] s_first =
        ("Alice Bob Carol David Emma Frank Grace Henry Irene Jack Karen Liam Maria Nina Oscar Paula Quinn Rosa Sam Tina Umar Vera Walt "
        + "Xenia Yusuf Zoe Anna Boris Clara Dmitri Elena Felix Gita Hugo Ivan Julia Kofi Lena Marco Noor Olga Pedro Rania Sven Tara").Split(' ');

    private static readonly string[] s_colors = "red blue green black white yellow orange purple silver brown".Split(' ');
    private static readonly string[] s_months = "January February March April May June July August September October November December".Split(' ');
    private static readonly string[] s_kinds = "lamp drill phone camera kettle bicycle printer radio tractor telescope heater pump scooter clock".Split(' ');
    private static readonly string[] s_onsets = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t tr v w z th".Split(' ');
    private static readonly string[] s_nuclei = "a e i o u ai ea ia oo ou ei".Split(' ');
    private static readonly string[] s_codas = "n r l s t m nd rk th x ck rn sh lt p d".Split(' ');

    private readonly Random _random = new(seed);

    /// <summary>A record.</summary>
    public JsonObject Record() => _random.Next(4) switch
    {
        0 => new JsonObject { ["name"] = Person(), ["city"] = City(), ["year"] = _random.Next(1890, 2026) },
        1 => new JsonObject { ["product"] = $"{Word()} {Pick(s_kinds)}", ["price"] = Amount(), ["colors"] = Colors() },
        2 => new JsonObject { ["event"] = Event(), ["day"] = $"{_random.Next(1, 29)} {Pick(s_months)}", ["open"] = _random.Next(2) == 0 },
        _ => new JsonObject { ["id"] = Code(), ["owner"] = new JsonObject { ["name"] = Person(), ["age"] = _random.Next(18, 91) } },
    };

    /// <summary>The natural-language description of a record's form.</summary>
    public static string Describe(JsonNode? value) => value switch
    {
        JsonObject o => "{" + string.Join(", ", o.Select(m => $"{m.Key}: {Describe(m.Value)}")) + "}",
        JsonArray a => "array of " + Describe(a[0]),
        JsonValue v when v.TryGetValue(out string? _) => "string",
        JsonValue v when v.TryGetValue(out bool _) => "boolean",
        _ => "integer",
    };

    /// <summary>The record as Python's json.dumps writes it.</summary>
    public static string Dump(JsonNode? value) => value switch
    {
        JsonObject o => "{" + string.Join(", ", o.Select(m => $"\"{m.Key}\": {Dump(m.Value)}")) + "}",
        JsonArray a => "[" + string.Join(", ", a.Select(Dump)) + "]",
        _ => value!.ToJsonString(),
    };

    /// <summary>A record's text with one damage that changes it.</summary>
    public (JsonObject Record, string Good, string Damaged) Damaged(DamageKind kind)
    {
        while (true)
        {
            JsonObject record = Record();
            string good = Dump(record);
            string damaged = Damage(kind, good);
            if (damaged != good)
                return (record, good, damaged);
        }
    }

    /// <summary>Cuts a text somewhere after its first character.</summary>
    public string Truncate(string text) => text[.._random.Next(1, text.Length)];

    /// <summary>Does one damage to a text; some kinds leave some texts as they are.</summary>
    public string Damage(DamageKind kind, string text)
    {
        switch (kind)
        {
            case DamageKind.SingleQuotes:
                return text.Replace('"', '\'');
            case DamageKind.ClosingBracesStripped:
                return text.TrimEnd('}').TrimEnd();
            case DamageKind.TrailingComma:
                return text[..^1] + ",}";
            case DamageKind.MissingComma:
                return ReplaceFirst(text, ", \"", " \"");
            case DamageKind.ProseBefore:
                return "Here is the JSON: " + text;
            case DamageKind.PythonLiterals:
                return text.Replace("true", "True", StringComparison.Ordinal).Replace("false", "False", StringComparison.Ordinal);
            case DamageKind.MissingColon:
                return ReplaceFirst(text, "\": ", "\" ");
            case DamageKind.Fence:
                return Pick("```json\n", "```\n", "~~~json\n", "```JSON\n") is string fence ? fence + text + "\n" + fence[..3] : text;
            case DamageKind.ProseAfter:
                return text + Pick("\n\nI hope this helps!", " This object matches the schema.", "\nLet me know if {anything} is missing.", " // done");
            case DamageKind.Comment:
                return Commented(text);
            case DamageKind.UnquotedKey:
                return Unquoted(text);
            case DamageKind.SmartQuotes:
                return Pick("“”", "„“", "‘’", "«»", "””") is string pair ? Quoted().Replace(text, $"{pair[0]}$1{pair[1]}") : text;
            default:
                return text[..^_random.Next(1, text.Length - text.TrimEnd(']', '}').Length + 1)];
        }
    }

    private string Commented(string text)
    {
        string[] places = [", \"", "{\"", "\": ", "}"];
        string place = Pick([.. places.Where(text.Contains)]);
        int at = text.IndexOf(place, StringComparison.Ordinal) + (place == "}" ? 0 : place.Length - (place == ", \"" || place == "{\"" ? 1 : 0));
        return text.Insert(at, Pick("/* the \"value\" */ ", "// a note, with: signs\n", "# a note\n", "/* } */"));
    }

    private string Unquoted(string text)
    {
        MatchCollection names = Name().Matches(text);
        return _random.Next(2) == 0
            ? Name().Replace(text, "$1:")
            : Name().Replace(text, "$1:", 1, names[_random.Next(names.Count)].Index);
    }

    private static string ReplaceFirst(string text, string old, string replacement)
    {
        int at = text.IndexOf(old, StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + replacement + text[(at + old.Length)..];
    }

    private string Pick(params string[] from) => from[_random.Next(from.Length)];

    private string Syllable() => Pick(s_onsets) + Pick(s_nuclei) + (_random.Next(2) == 0 ? Pick(s_codas) : "");

    private string Word()
    {
        StringBuilder word = new();
        for (int i = _random.Next(2, 4); i > 0; i--)
            word.Append(Syllable());
        word[0] = char.ToUpperInvariant(word[0]);
        return word.ToString(0, Math.Min(12, word.Length));
    }

    private string Person() => $"{(_random.NextDouble() < .6 ? Pick(s_first) : Word())} {Word()}";

    private string City() => _random.NextDouble() < .8 ? Word() : $"{Pick("New", "Port", "Lake", "San", "Old")} {Word()}";

    private string Event() => $"{Word()} {Pick("festival", "conference", "race", "market", "concert")}";

    private int Amount() => _random.Next(3) switch { 0 => _random.Next(2, 100), 1 => _random.Next(100, 10_000), _ => _random.Next(1, 100) * 1000 };

    private string Code()
    {
        const string Letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
        return $"{Letters[_random.Next(Letters.Length)]}{Letters[_random.Next(Letters.Length)]}-{_random.Next(10, 10_000)}";
    }

    private JsonArray Colors()
    {
        string[] colors = [.. s_colors];
        _random.Shuffle(colors);
        return new JsonArray([.. colors.Take(_random.Next(1, 4)).Select(c => (JsonNode)c)]);
    }

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"([a-z]+)\":")]
    private static partial Regex Name();
}
