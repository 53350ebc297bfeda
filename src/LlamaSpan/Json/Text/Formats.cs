using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>The formats that are enforced, as languages of texts.</summary>
internal static class Formats
{
    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Ipv4 = $@"{Octet}(\.{Octet}){{3}}";
    private const string Day = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    private const string LeapYear = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
    private const string Date = $"([0-9]{{4}}-{Day}|{LeapYear}-02-29)";
    private const string Offset = "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Time = $@"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?{Offset}|23:59:60(\.[0-9]+)?[Zz])";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private const string H16 = "[0-9A-Fa-f]{1,4}";
    private const string Pct = "%[0-9A-Fa-f]{2}";
    private const string Plain = "[A-Za-z0-9._~!$&'()*+,;=-]";
    private const string Pchar = $"([A-Za-z0-9._~!$&'()*+,;=:@-]|{Pct})";
    private const string Host = $@"(\[{Ipv6}\]|({Plain}|{Pct})*)";
    private const string Authority = $"(([A-Za-z0-9._~!$&'()*+,;=:-]|{Pct})*@)?{Host}(:[0-9]*)?";
    private const string Tail = $"(\\?({Pchar}|[/?])*)?(#({Pchar}|[/?])*)?";
    private const string Hierarchy = $"(//{Authority}(/{Pchar}*)*|/({Pchar}+(/{Pchar}*)*)?|{Pchar}+(/{Pchar}*)*|)";
    private const string Segment = $"([A-Za-z0-9._~!$&'()*+,;=@-]|{Pct})"; // no colon: it would read as a scheme
    private const string Relative = $"(//{Authority}(/{Pchar}*)*|/({Pchar}+(/{Pchar}*)*)?|{Segment}+(/{Pchar}*)*|)";
    private const string Scheme = "[A-Za-z][A-Za-z0-9+.-]*:";
    private const string Atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private const string Clock = "T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)";

    private const string Ipv6 =
        $"(({H16}:){{7}}{H16}|({H16}:){{6}}{Ipv4}|::({H16}:){{0,5}}{Ipv4}|{H16}::({H16}:){{0,4}}{Ipv4}|({H16}:){{1}}{H16}::({H16}:){{0,3}}{Ipv4}"
        + $"|({H16}:){{2}}{H16}::({H16}:){{0,2}}{Ipv4}|({H16}:){{3}}{H16}::({H16}:)?{Ipv4}|({H16}:){{4}}{H16}::{Ipv4}"
        + $"|::|::({H16}:){{0,6}}{H16}|{H16}::|{H16}::({H16}:){{0,5}}{H16}|({H16}:){H16}::|({H16}:){H16}::({H16}:){{0,4}}{H16}"
        + $"|({H16}:){{2}}{H16}::|({H16}:){{2}}{H16}::({H16}:){{0,3}}{H16}|({H16}:){{3}}{H16}::|({H16}:){{3}}{H16}::({H16}:){{0,2}}{H16}"
        + $"|({H16}:){{4}}{H16}::|({H16}:){{4}}{H16}::({H16}:)?{H16}|({H16}:){{5}}{H16}::|({H16}:){{5}}{H16}::{H16}|({H16}:){{6}}{H16}::)";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = $"{Date}[Tt]{Time}",
        ["duration"] = $"P([0-9]+W|([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)({Clock})?|{Clock})",
        ["email"] = $@"{Atext}(\.{Atext})*@({Label}\.)+{Label}",
        ["hostname"] = $@"{Label}(\.{Label})*",
        ["ipv4"] = Ipv4,
        ["ipv6"] = Ipv6,
        ["uuid"] = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        ["uri"] = $"{Scheme}{Hierarchy}{Tail}",
        ["uri-reference"] = $"({Scheme}{Hierarchy}|{Relative}){Tail}",
        ["json-pointer"] = "(/([^~/]|~[01])*)*",
        ["relative-json-pointer"] = "(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)",
        ["regex"] = RegexOfRegexes(),

        // those that System.Text.Json writes and reads, narrower than the standard ones
        ["clr-date-time"] = $@"{Day1}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,7}})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?",
        ["clr-date"] = Day1,
        ["clr-time"] = @"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?",
        ["clr-duration"] = @"-?([1-9][0-9]{0,5}\.)?([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{7})?",
    };

    private const string Day1 = $"(000[2-9]|00[1-9][0-9]|0[1-9][0-9]{{2}}|[1-8][0-9]{{3}}|9[0-8][0-9]{{2}}|99[0-8][0-9]|999[0-8])-{Day}"; // a day off either end of the calendar

    private static readonly ConcurrentDictionary<string, StringLanguage> Built = new();

    /// <summary>The language of a format, or null if the format is not known.</summary>
    public static StringLanguage? Find(string format) =>
        Patterns.ContainsKey(format) ? Built.GetOrAdd(format, static name => Build(name)) : null;

    private static StringLanguage Build(string name)
    {
        CharDfa dfa = RegexAutomaton.Build(RegexParser.Parse(Patterns[name]), whole: true);
        if (name is "hostname" or "email")
        {
            // labels with hyphens third and fourth are punycode, whose decoded form no automaton checks
            dfa = dfa.And(RegexAutomaton.Build(RegexParser.Parse(@"(^|[.@])[^.@]{2}--[^@]*$")).Complement());
        }
        return name == "hostname" ? StringLanguage.Of(dfa, 0, 253) : StringLanguage.Of(dfa);
    }

    /// <summary>Patterns whose groups nest at most twice, with quantifiers in order.</summary>
    private static string RegexOfRegexes()
    {
        const string ClassChar = @"([0-9A-Za-z_ .,:;/+*?(){}|$&%#@!=<>'""~`]|\\[dDwWsStnrfv\\\]\[./^$*+?(){}|-])";
        const string Class = $@"\[\^?({ClassChar}|a-z|A-Z|0-9)+-?\]";
        const string Plain = @"([^\\^$.*+?()\[\]{}|/]|/|\\[dDwWsStnrfv\\\]\[./^$*+?(){}|])";
        const string Quantifier = @"([*+?]\??|\{[0-9]\}|\{[0-9],\}|\{[1-9]?[0-9]\}|\{[0-9],[1-9][0-9]{1,2}\}|\{[01],[1-9]\})?";
        string inner = $@"({Plain}|\.|{Class})";
        string one = $@"(({inner}{Quantifier})|\||\^|\$)*";
        string two = $@"(({inner}{Quantifier})|\((\?:)?{one}\){Quantifier}|\||\^|\$)*";
        return $@"(({inner}{Quantifier})|\((\?:)?{two}\){Quantifier}|\||\^|\$)*";
    }
}
