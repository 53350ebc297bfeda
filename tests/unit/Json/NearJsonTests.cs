using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LlamaSpan.TestSupport.Repair;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

public class NearJsonTests
{
    [Theory]
    [InlineData("""{'a': 'b'}""", """{"a": "b"}""")]
    [InlineData("""{'name': 'O'Brien', 'x': 1}""", """{"name": "O'Brien", "x": 1}""")]
    [InlineData("""{“a”: “b”, „c“: «d»}""", """{"a": "b", "c": "d"}""")]
    [InlineData("""{‘a’: ‘it’s’}""", """{"a": "it’s"}""")]
    [InlineData("""{`a`: `b`}""", """{"a": "b"}""")]
    [InlineData("""{"a": "He said "hi" to me", "b": 1}""", """{"a": "He said \"hi\" to me", "b": 1}""")]
    [InlineData("""{"a": "x "y", z", "b": 1}""", """{"a": "x \"y\", z", "b": 1}""")]
    [InlineData("""{"a": "say “hi”, then"}""", """{"a": "say “hi”, then"}""")]
    [InlineData("""{"a": '''x "y" z'''}""", """{"a": "x \"y\" z"}""")]
    [InlineData("{\"a\": \"open,\n \"b\": \"c\"}", """{"a": "open", "b": "c"}""")]
    public void Understands_quotes(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{"a": 1, "b": 2,}""", """{"a": 1, "b": 2}""")]
    [InlineData("""[1, 2, , 3,]""", """[1, 2, 3]""")]
    [InlineData("""{"a": 1 "b": 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("""{"a": "x" "b": "y"}""", """{"a": "x", "b": "y"}""")]
    [InlineData("""["a" "b" 3 true null]""", """["a", "b", 3, true, null]""")]
    [InlineData("""{"a" "x", "b" 1}""", """{"a": "x", "b": 1}""")]
    [InlineData("""{"a" "x", "b": "y", "c" {"d" [1]}}""", """{"a": "x", "b": "y", "c": {"d": [1]}}""")]
    [InlineData("""{"a" = 1; "b" => 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("""{"a" "b": 1}""", """{"a": null, "b": 1}""")]
    [InlineData("""{"a": , "b": 1}""", """{"a": null, "b": 1}""")]
    [InlineData("""{"price": 1,000, "n": 2}""", """{"price": 1000, "n": 2}""")]
    [InlineData("""{"a"： 1， "b"： 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("""[{"a": 1} {"a": 2}]""", """[{"a": 1}, {"a": 2}]""")]
    public void Understands_commas_and_colons(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{name: "x", year: 1990}""", """{"name": "x", "year": 1990}""")]
    [InlineData("""{name: Alice Smith, city: Paris}""", """{"name": "Alice Smith", "city": "Paris"}""")]
    [InlineData("""{first name: "x", $id: 1, 3: "y"}""", """{"first name": "x", "$id": 1, "3": "y"}""")]
    [InlineData("""{a: 1 b: 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("""{url: http://x.org/a?b=1, t: 10:30}""", """{"url": "http://x.org/a?b=1", "t": "10:30"}""")]
    [InlineData("""{"a": True, "b": False, "c": None, "d": undefined, "e": NaN}""", """{"a": true, "b": false, "c": null, "d": null, "e": null}""")]
    [InlineData("""{"a": .5, "b": +1, "c": 007, "d": 1_000, "e": 0x1F, "f": 5.}""", """{"a": 0.5, "b": 1, "c": 7, "d": 1000, "e": 31, "f": 5}""")]
    [InlineData("""{"t": (1, 2), "d": u'x', "o": ObjectId("5f")}""", """{"t": [1, 2], "d": "x", "o": "5f"}""")]
    [InlineData("""{"a": "x" + "y", "b": 1}""", """{"a": "xy", "b": 1}""")]
    [InlineData("""[1, 2, ...]""", """[1, 2]""")]
    [InlineData("""{"when": 2024-01-05, "n": 5 kg}""", """{"when": "2024-01-05", "n": "5 kg"}""")]
    public void Understands_words_and_numbers(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{"a": 1, // one, "x": 2""" + "\n" + """ "b": 2 /* "}" */, # three""" + "\n}", """{"a": 1, "b": 2}""")]
    [InlineData("""{"a": 1, // no line end "b": 2}""", """{"a": 1, "b": 2}""")]
    [InlineData("""{"url": "http://x", "h": "#1"} // end""", """{"url": "http://x", "h": "#1"}""")]
    [InlineData("""<!-- x -->{"a": 1}""", """{"a": 1}""")]
    public void Understands_comments(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("Here is the JSON: {\"a\": 1}", """{"a": 1}""")]
    [InlineData("Use {name} or [1]:\n```json\n{\"a\": 1}\n```\nDone. {x}", """{"a": 1}""")]
    [InlineData("```\n{\"a\": 1\n```\nI hope this helps", """{"a": 1}""")]
    [InlineData("{\"a\": 1\n\nHope this helps! Note: all fine.", """{"a": 1}""")]
    [InlineData("I've read it, so: [\"x\"]. It's done.", """["x"]""")]
    [InlineData("\"name\": \"x\", \"n\": {\"m\": 2}}", """{"name": "x", "n": {"m": 2}}""")]
    [InlineData("{\\\"a\\\": \\\"b\\\\\\\"c\\\", \\n \\\"d\\\": [1]}", """{"a": "b\"c", "d": [1]}""")]
    [InlineData("\uFEFF {\"a\":\u00A01}", """{"a": 1}""")]
    [InlineData(" 42 ", "42")]
    [InlineData("```\n\"x\"\n```", "\"x\"")]
    [InlineData("{}", "{}")]
    public void Cuts_away_surroundings(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{"a": {"b": [1, 2""", """{"a": {"b": [1, 2]}}""")]
    [InlineData("""{"a": ["x", "y"}""", """{"a": ["x", "y"]}""")]
    [InlineData("""{"a": ["x", "y", "b": 5}""", """{"a": ["x", "y"], "b": 5}""")]
    [InlineData("""[{"a": 1, {"a": 2}]""", """[{"a": 1}, {"a": 2}]""")]
    [InlineData("""{"a": {"b": 1}}, "c": 2}""", """{"a": {"b": 1}, "c": 2}""")]
    [InlineData("""{"a": 1]}""", """{"a": 1}""")]
    [InlineData("""{"a": "brok""", """{"a": "brok"}""")]
    [InlineData("{\"a\": \"brok\\\"", """{"a": "brok\""}""")]
    [InlineData("""{"a": "brok\u00""", """{"a": "brok"}""")]
    [InlineData("""{"a": 12.""", """{"a": 12}""")]
    [InlineData("""{"a": -""", """{"a": null}""")]
    [InlineData("""{"a": tr""", """{"a": true}""")]
    [InlineData("""{"a": 1, "na""", """{"a": 1}""")]
    [InlineData("""{"a": 1, "name":""", """{"a": 1, "name": null}""")]
    public void Closes_what_is_open(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{"a": "\d\x41\u{1F600}\'"}""", "{\"a\": \"\\\\dA😀'\"}")]
    [InlineData("""{"a": "\ud83d\ude00 \ud83d!"}""", "{\"a\": \"😀 \uFFFD!\"}")]
    [InlineData("{\"a\": \"x\ty\nz\u0001\"}", """{"a": "x\ty\nz\u0001"}""")]
    [InlineData("""{"a": 1, "b": 2, "a": 3}""", """{"b": 2, "a": 3}""")]
    public void Makes_strings_and_names_sound(string text, string expected) => Reads(text, expected);

    [Theory]
    [InlineData("""{"a": 1}""", NearJsonChanges.None)]
    [InlineData("""{'a': True,}""", NearJsonChanges.Quotes | NearJsonChanges.Words | NearJsonChanges.Commas)]
    [InlineData("""x {"a" 1""", NearJsonChanges.Surroundings | NearJsonChanges.Colons | NearJsonChanges.Brackets)]
    public void Says_what_it_mended(string text, NearJsonChanges expected) => Assert.Equal(expected, NearJson.Parse(text).Changes);

    [Fact]
    public void Finds_nothing_where_nothing_is()
    {
        Assert.False(NearJson.Parse("").Found);
        Assert.False(NearJson.Parse(" \n\t").Found);
    }

    [Fact]
    public void Reads_bytes_that_are_not_utf8() =>
        Assert.Equal("{\"a\": \"\uFFFDx\"}", Encoding.UTF8.GetString(NearJson.Parse([.. "{\"a\": \""u8, 0xFF, .. "x\"}"u8]).Utf8.Span));

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{\"a\":")]
    [InlineData("[{")]
    [InlineData("]}")]
    [InlineData("{]")]
    [InlineData("\"a\" x ")]
    [InlineData("[\"a\" x ")]
    [InlineData("{\"a\": \"b\" x ")]
    [InlineData("{a ")]
    [InlineData("[a b, ")]
    [InlineData("{\"a\": 1 b ")]
    [InlineData("[\"\n\n\n")]
    [InlineData("//")]
    [InlineData("{// ")]
    [InlineData("```")]
    [InlineData("\\")]
    [InlineData("[1,000 ")]
    [InlineData("{\"a\" \"b\" ")]
    [InlineData("[\"a\":")]
    [InlineData("[(")]
    [InlineData("'''")]
    [InlineData("\"\"\"a")]
    [InlineData("[ \n ")]
    public void Takes_linear_time_on_hostile_text(string unit)
    {
        byte[] large = Repeat(unit, 300_000);
        long start = Stopwatch.GetTimestamp();
        byte[] json = NearJson.Parse(large).Utf8.ToArray();
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "it took more than a minute");
        IsJson(json);
    }

    [Fact]
    public void Leaves_out_what_is_nested_too_deep()
    {
        NearJsonResult result = NearJson.Parse(new string('[', 100) + "1", 3);
        Assert.Equal("[[[]]]", result.ToString());
        Assert.True(result.Changes.HasFlag(NearJsonChanges.Depth));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearJson.Parse("[]", 0));
    }

    [Fact]
    public void Gives_json_whatever_the_bytes_are()
    {
        Random random = new(7);
        byte[] alphabet = [.. "{}[]()\"'`:,;=/*#\\ \n\ttruefalsnNone0123-+.eEx_"u8, .. "“”‘’…："u8, 0xFF];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] text = new byte[random.Next(60)];
            for (int j = 0; j < text.Length; j++)
                text[j] = alphabet[random.Next(alphabet.Length)];
            NearJsonResult result = NearJson.Parse(text);
            if (result.Found)
                IsJson(result.Utf8.Span);
        }
    }

    [Fact]
    public void Leaves_json_as_it_is()
    {
        Random random = new(11);
        for (int i = 0; i < 3000; i++)
        {
            string json = RandomJson(random, 4);
            NearJsonResult result = NearJson.Parse(json);
            Assert.Equal(json, result.ToString());
            Assert.Equal(NearJsonChanges.None, result.Changes);
        }
    }

    [Fact]
    public void Gives_json_wherever_a_text_is_cut()
    {
        Random random = new(13);
        for (int i = 0; i < 300; i++)
        {
            string json = RandomJson(random, 3);
            if (json[0] is '{' or '[')
                for (int length = 1; length < json.Length; length++)
                    IsJson(NearJson.Parse(json[..length]).Utf8.Span);
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Restores_records_with_one_damage(DamageKind kind)
    {
        RepairCorpus corpus = new(3);
        for (int i = 0; i < 200; i++)
        {
            (_, string good, string damaged) = corpus.Damaged(kind);
            Assert.True(good == NearJson.Parse(damaged).ToString(), $"{damaged}\ngave {NearJson.Parse(damaged)}");
        }
    }

    public static TheoryData<DamageKind> Damages => [.. Enum.GetValues<DamageKind>()];

    private static void Reads(string text, string expected) => Assert.Equal(expected, NearJson.Parse(text).ToString());

    private static byte[] Repeat(string unit, int length)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(unit);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++)
            text[i] = bytes[i % bytes.Length];
        return text;
    }

    private static void IsJson(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return;
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 128 });
        while (reader.Read())
        {
        }
    }

    private static string RandomJson(Random random, int depth)
    {
        string[] texts = ["", "a", "O'Brien", "x, y: z", "{[}]", "// no", "# no", "```", "“q”", "\\\"q\\\", \\\"r\\\": 1", "a\\nb", "\\\\", "null", "é", "  "];
        return random.Next(depth > 0 ? 9 : 6) switch
        {
            0 => "\"" + texts[random.Next(texts.Length)] + "\"",
            1 => random.Next(-1000, 1000).ToString(System.Globalization.CultureInfo.InvariantCulture),
            2 => "1.5e-7",
            3 => "true",
            4 => "false",
            5 => "null",
            6 => "[" + string.Join(", ", Enumerable.Range(0, random.Next(4)).Select(_ => RandomJson(random, depth - 1))) + "]",
            _ => "{" + string.Join(", ", Enumerable.Range(0, random.Next(4)).Select(i =>
                $"\"{texts[random.Next(texts.Length)]}{i}\": {RandomJson(random, depth - 1)}")) + "}",
        };
    }
}
