using System.Diagnostics;
using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Answers to messages, whole and in pieces.</summary>
public sealed class ChatParserTests
{
    private static readonly ChatMessage[] s_hello = [ChatMessage.User("How is the weather in Oslo?")];

    private static readonly ChatPromptOptions s_tools = new() { Tools = [ShippedTemplates.Weather] };

    /// <summary>Template, answer with a call, and whether it reasons before.</summary>
    public static TheoryData<string, string> Calls => new()
    {
        { "Qwen-Qwen3-0.6B", "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>" },
        { "Qwen-Qwen2.5-7B-Instruct", "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>" },
        { "meta-llama-Llama-3.1-8B-Instruct", "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Oslo\"}}" },
        { "mistralai-Mistral-Nemo-Instruct-2407", "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}, \"id\": \"123456789\"}]" },
        { "Qwen3-Coder", "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_tool_call_is_found_and_goes_back_into_a_prompt(string name, string answer)
    {
        using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source(name), Pocket.Model);
        using ChatPrompt prompt = template.Apply(s_hello, s_tools);
        using ChatParser parser = prompt.CreateParser();
        ChatMessage message = parser.Parse(answer);
        ChatToolCall call = Assert.Single(message.ToolCalls);
        Assert.Equal("get_weather", call.Name);
        Assert.Equal("{\"city\":\"Oslo\"}", call.Arguments.Replace(" ", ""));
        Assert.Equal("", message.Text);

        message = message with { ToolCalls = [call with { Id = call.Id ?? "123456789" }] };
        using ChatPrompt next = template.Apply([.. s_hello, message, ChatMessage.Tool("{\"celsius\": -3}", "123456789", "get_weather")], s_tools);
        Assert.Contains("celsius", next.ToString());
        Assert.StartsWith(prompt.ToString()[..^prompt.GenerationPrompt.Length], next.ToString());
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_plain_answer_stays_as_it_is(string name, string call)
    {
        using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source(name), Pocket.Model);
        using ChatPrompt prompt = template.Apply(s_hello, s_tools);
        using ChatParser parser = prompt.CreateParser();
        Assert.Equal("It is cold in Oslo.", parser.Parse("It is cold in Oslo.").Text);
        using ChatParser text = prompt.CreateParser(parseToolCalls: false);
        Assert.NotEmpty(text.Parse("Not a call: " + call[..5]).Text);
    }

    [Fact]
    public void Reasoning_is_separated_unless_asked_otherwise()
    {
        const string Answer = "<think>\nOslo is north.\n</think>\n\nIt is cold.";
        using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source("Qwen-Qwen3-0.6B"), Pocket.Model);
        using ChatPrompt separate = template.Apply(s_hello), inText = template.Apply(s_hello, new() { Reasoning = ChatReasoning.InText });
        using ChatParser first = separate.CreateParser(), second = inText.CreateParser();
        ChatMessage message = first.Parse(Answer);
        Assert.Equal(("It is cold.", "Oslo is north."), (message.Text, message.Reasoning.Trim()));
        Assert.Contains("Oslo is north.", second.Parse(Answer).Text);
    }

    [Fact]
    public void An_answer_grows_as_it_comes()
    {
        const string Answer = "<think>\nHm.\n</think>\n\nIt is cold, 5 \u20ac the coat.<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
        using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source("Qwen-Qwen3-0.6B"), Pocket.Model);
        using ChatPrompt prompt = template.Apply(s_hello, s_tools);
        using ChatParser parser = prompt.CreateParser();
        byte[] utf8 = Encoding.UTF8.GetBytes(Answer);
        ChatMessage last = new(ChatRole.Assistant, "");
        for (int length = 0; length <= utf8.Length; length++)
        {
            ChatMessage message = parser.Parse(utf8.AsSpan(0, length), isPartial: true);
            if (message.Text.EndsWith('\ufffd'))
                continue;       // in the middle of the euro sign
            Assert.StartsWith(last.Text, message.Text);
            Assert.True(message.ToolCalls.Count >= last.ToolCalls.Count);
            last = message;
        }
        Assert.Equal(parser.Parse(Answer).ToolCalls, last.ToolCalls);
        Assert.Equal("It is cold, 5 \u20ac the coat.", last.Text);
    }

    [Fact]
    public void Hostile_answers_are_parsed_or_refused()
    {
        using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source("Qwen-Qwen3-0.6B"), Pocket.Model);
        using ChatPrompt prompt = template.Apply(s_hello, s_tools);
        using ChatParser parser = prompt.CreateParser();
        const string Call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": ";
        Assert.Throws<ChatParseException>(() => parser.Parse(Call + new string('[', 1_000_000)));
        long start = Stopwatch.GetTimestamp();
        Assert.NotEmpty(parser.Parse(string.Concat(Enumerable.Repeat("<tool_call>", 100_000))).Text);
        Assert.NotEmpty(parser.Parse(Enumerable.Repeat((byte)0xFF, 1000).ToArray()).Text);
        Assert.Equal("", parser.Parse("").Text);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
    }
}
