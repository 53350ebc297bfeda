using System.Diagnostics;
using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Templates and requests that try to end or to hang the process: each is a typed exception, or harmless.</summary>
public sealed class HostileTemplateTests
{
    /// <summary>Templates that must end in an exception, by name.</summary>
    private static readonly Dictionary<string, (string Source, ChatTemplateFailure Failure)> s_templates = new()
    {
        ["a macro that calls itself"] = ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", ChatTemplateFailure.Limit),
        ["a macro that grows its argument"] = ("{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('a') }}", ChatTemplateFailure.Limit),
        ["a huge range"] = ("{{ range(1000000000000)|length }}", ChatTemplateFailure.Limit),
        ["a string that doubles"] = ("{% set n = namespace(x='12345678') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}", ChatTemplateFailure.Limit),
        ["an array that doubles"] = ("{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}", ChatTemplateFailure.Limit),
        ["a repeated string"] = ("{{ 'abcdefgh' * 100000000000 }}", ChatTemplateFailure.Limit),
        ["a repeated empty string"] = ("{{ '' * 1000000000000000000 }}", ChatTemplateFailure.Limit),
        ["replacement that multiplies"] = ("{% set b = 'a' * 100000 %}{{ b|replace('a', b)|length }}", ChatTemplateFailure.Limit),
        ["a join that multiplies"] = ("{% set b = 'a' * 1000000 %}{{ range(1000000)|list|join(b)|length }}", ChatTemplateFailure.Limit),
        ["a search of long text in long text"] = ("{% set a = 'a' * 3000000 %}{{ (('a' * 1000000) ~ 'b') in a }}", ChatTemplateFailure.Limit),
        ["arrays within arrays"] = ("{% set n = namespace(a=[]) %}{% for i in range(1000000) %}{% set n.a = [n.a] %}{% endfor %}", ChatTemplateFailure.Limit),
        ["an indentation"] = ("{{ messages|tojson(indent=2000000000) }}", ChatTemplateFailure.Rendering),
        ["an object in itself"] = ("{% set n = namespace() %}{% set n.x = [n] %}{{ n|tojson }}", ChatTemplateFailure.Rendering),
        ["an array in itself"] = ("{% set a = [] %}{% set b = [a] %}{% set _ = a.append(b) %}{{ a == b }}", ChatTemplateFailure.Rendering),
        ["a loop over what it shortens"] = ("{% set x = [1, 2] %}{% for a, b in [[0, 0], x] %}{{ a }}{% set _ = x.pop() %}{% endfor %}", ChatTemplateFailure.Rendering),
        ["division by zero"] = ("{{ 5 is divisibleby(0) }}", ChatTemplateFailure.Rendering),
        ["open brackets"] = ("{{ " + new string('[', 1_000_000), ChatTemplateFailure.Limit),
        ["parentheses"] = ("{{ " + new string('(', 400_000) + "1" + new string(')', 400_000) + " }}", ChatTemplateFailure.Limit),
        ["a chain of not"] = ("{{ " + Repeat("not ", 250_000) + "1 }}", ChatTemplateFailure.Limit),
        ["a chain of sums"] = ("{{ 1" + Repeat("+1", 500_000) + " }}", ChatTemplateFailure.Limit),
        ["a chain of members"] = ("{{ messages" + Repeat(".a", 500_000) + " }}", ChatTemplateFailure.Limit),
        ["a chain of calls"] = ("{{ a" + Repeat("()", 500_000) + " }}", ChatTemplateFailure.Limit),
        ["a chain of filters"] = ("{{ 'a'" + Repeat("|trim", 180_000) + " }}", ChatTemplateFailure.Limit),
        ["conditions without end"] = (Repeat("{% if 1 %}", 70_000), ChatTemplateFailure.Template),
        ["a template too long"] = (new string('x', ChatTemplate.LongestSource + 1), ChatTemplateFailure.Limit),
        ["an empty template"] = ("", ChatTemplateFailure.Template),
        ["a loop without end"] = ("{% for message in messages %}{{ message.content }}", ChatTemplateFailure.Template),
        ["half of a surrogate pair"] = ("\ud800", ChatTemplateFailure.Template),
        ["a refusal"] = ("{{ raise_exception('Nobody speaks here') }}", ChatTemplateFailure.Rendering),
        ["an unknown filter"] = ("{{ messages|nofilter }}", ChatTemplateFailure.Rendering),
    };

    /// <summary>Templates that would run for ever: each takes as long as it may.</summary>
    private static readonly Dictionary<string, string> s_endless = new()
    {
        ["loops within loops, no variable used"] = Repeat("{% for a in [1,2,3,4,5,6,7,8,9,10] %}", 40) + Repeat("{% endfor %}", 40),
        ["tuples that hold the same twice"] = "{% set n = namespace(t=(1, 1)) %}{% for i in range(99) %}{% set n.t = (n.t, n.t) %}{% endfor %}{{ n.t == n.t }}",
        ["loops over ranges"] = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        ["arrays that hold the same twice"] = "{% set n = namespace(t=[1]) %}{% for i in range(99) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t|tojson }}",
    };

    /// <summary>Odd templates that must give a prompt.</summary>
    private static readonly Dictionary<string, string> s_harmless = new()
    {
        ["values that have no order, sorted"] =
            "{% set n = namespace(a=[]) %}{% for i in range(100) %}{% set n.a = n.a + ['nan'|float, i, 'x', 100 - i] %}{% endfor %}{{ n.a|sort }}",
        ["many branches"] = "{% if 0 %}" + Repeat("{% elif 0 %}", 60_000) + "{% endif %}",
        ["a zero byte"] = "a\0b{{ messages[0].content }}",
        ["white space"] = "{{ 1 }}" + Repeat(" \n", 400_000) + "{{- 2 }}",
        ["steps out of range"] = "{{ messages[::9223372036854775807]|length }}{{ messages[::-9223372036854775807]|length }}{{ 'abc'[99] }}",
        ["the smallest integer"] = "{{ (-9223372036854775807 - 1) is divisibleby(-1) }}",
        ["a lone carriage return"] = Repeat("\r", 100_000) + "\r\n",
    };

    public static TheoryData<string> Templates => [.. s_templates.Keys];

    public static TheoryData<string> Endless => [.. TestRun.IsLong ? s_endless.Keys : s_endless.Keys.Take(2)];

    public static TheoryData<string> Harmless => [.. s_harmless.Keys];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_hostile_template_is_an_exception_that_says_why(string name)
    {
        (string source, ChatTemplateFailure failure) = s_templates[name];
        ChatTemplateException exception = Assert.Throws<ChatTemplateException>(() => Render(source));
        Assert.Equal(failure, exception.Reason);
        Assert.True(exception.Message.Length > 40, exception.Message);
        if (name == "a refusal")
            Assert.Contains("Nobody speaks here", exception.Message);
    }

    [Theory]
    [MemberData(nameof(Endless))]
    public void An_endless_template_ends(string name)
    {
        long start = Stopwatch.GetTimestamp();
        ChatTemplateException exception = Assert.Throws<ChatTemplateException>(() => Render(s_endless[name]));
        Assert.Equal(ChatTemplateFailure.Limit, exception.Reason);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void An_odd_template_makes_a_prompt(string name)
    {
        using ChatTemplate template = ChatTemplate.Parse(s_harmless[name], Pocket.Model);
        using ChatPrompt prompt = template.Apply([ChatMessage.User("hi")]);
        Assert.Equal(prompt.Text.Length, prompt.Parts.IsEmpty ? 0 : prompt.Parts.Span[^1].End);
    }

    [Fact]
    public void Random_templates_end_in_prompts_or_exceptions()
    {
        Random random = new(20260924);
        string[] sources = [.. ShippedTemplates.Names.Select(ShippedTemplates.Source)];
        int prompts = 0, refusals = 0;
        int rounds = TestRun.IsLong ? 5000 : 300;
        for (int i = 0; i < rounds; i++)
        {
            StringBuilder source = new(sources[random.Next(sources.Length)]);
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(source.Length), length = Math.Min(random.Next(1, 30), source.Length - at);
                string other = sources[random.Next(sources.Length)];
                int from = random.Next(other.Length), taken = Math.Min(random.Next(0, 60), other.Length - from);
                source.Remove(at, length).Insert(at, other.AsSpan(from, taken));
            }
            try
            {
                using ChatTemplate template = ChatTemplate.Parse(source.ToString(), Pocket.Model);
                using ChatPrompt prompt = template.Apply(ShippedTemplates.Conversation(words => words), new ChatPromptOptions { Tools = [ShippedTemplates.Weather] });
                prompts++;
            }
            catch (ChatTemplateException)
            {
                refusals++;
            }
        }
        Assert.True(prompts > rounds / 10, $"{prompts} prompts");
        Assert.True(refusals > rounds / 10, $"{refusals} refusals");
    }

    private static void Render(string source)
    {
        using ChatTemplate template = ChatTemplate.Parse(source, Pocket.Model);
        template.Apply([ChatMessage.User("hi")]).Dispose();
    }

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();
}
