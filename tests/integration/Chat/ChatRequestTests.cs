using System.Text.Json;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Messages and options that are not what they must be, and what options do.</summary>
public sealed class ChatRequestTests
{
    private static readonly ChatTemplate s_template = ChatTemplate.Parse(ShippedTemplates.Source("Qwen-Qwen3-0.6B"), Pocket.Model);

    private static readonly ChatMessage[] s_hello = [ChatMessage.User("hi")];

    [Theory]
    [InlineData(ChatContentKind.Image)]
    [InlineData(ChatContentKind.Audio)]
    [InlineData(ChatContentKind.File)]
    public void Pictures_and_sound_are_refused(ChatContentKind kind)
    {
        ChatMessage message = new(ChatRole.User, "What is this?", new ChatContent(kind, "picture.png"));
        ChatTemplateException exception = Assert.Throws<ChatTemplateException>(() => s_template.Apply([message]));
        Assert.Equal(ChatTemplateFailure.UnsupportedContent, exception.Reason);
        Assert.Contains("messages[0].Contents[1]", exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("us er")]
    [InlineData("<|im_start|>")]
    [InlineData("r\u00f4le")]
    public void A_role_cannot_spell_marks(string role) =>
        Assert.Contains("messages[0].role", Refusal([new ChatMessage(new ChatRole(role), "hi")], new()).Message);

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused_with_its_place() =>
        Assert.Contains("messages[1].Contents[0] has half of a surrogate pair at character 2",
            Refusal([.. s_hello, ChatMessage.User("ab\ud800c")], new()).Message);

    [Fact]
    public void A_schema_or_parameters_that_are_no_JSON_are_refused()
    {
        Assert.Contains("JsonSchema", Refusal(s_hello, new() { JsonSchema = "{" }).Message);
        Assert.Contains("Tools[0].Parameters", Refusal(s_hello, new() { Tools = [new ChatTool("f", "", "nonsense")] }).Message);
        Assert.Contains("is not a value", Refusal(s_hello, new() { ToolChoice = (ChatToolChoice)9 }).Message);
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        Assert.Contains("Arguments[\"date\"] has no value", Refusal(s_hello, new() { Arguments = new Dictionary<string, JsonElement> { ["date"] = default } }).Message);
        Assert.Contains("messages[1].Contents is null", Refusal([.. s_hello, new ChatMessage(ChatRole.User, null!, [])], new()).Message);
        Assert.Contains("messages[1].ToolCalls is null", Refusal([.. s_hello, new ChatMessage(ChatRole.User, [], null!)], new()).Message);
        Assert.Contains("messages[0] is null", Refusal([null!], new()).Message);
    }

    [Fact]
    public void Nesting_and_names_have_bounds()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"a":""", 60)) + "1" + new string('}', 60);
        using (ChatPrompt prompt = s_template.Apply(s_hello, new() { Arguments = Argument(deep) }))
            Assert.NotEqual(0, prompt.Text.Length);
        string arguments = new('[', 100_000);
        ChatMessage call = new(ChatRole.Assistant, [], [new ChatToolCall("f", arguments)]);
        Assert.Equal(ChatTemplateFailure.Limit, Assert.Throws<ChatTemplateException>(() => s_template.Apply([.. s_hello, call])).Reason);
        Refusal(s_hello, new() { Tools = [new ChatTool(new string('x', 2000))] });
        Refusal([.. s_hello, new ChatMessage(ChatRole.Assistant, [], [new ChatToolCall("f", "")])], new());
    }

    [Fact]
    public void Schemas_that_would_explode_end()
    {
        string members = string.Join(',', Enumerable.Range(0, 3000).Select(i => $$"""
            "p{{i}}":{"type":"string"}
            """));
        string many = """{"type":"object","properties":{""" + members + "}}";
        Assert.Equal(ChatTemplateFailure.Limit, Assert.Throws<ChatTemplateException>(() => s_template.Apply(s_hello, new() { JsonSchema = many })).Reason);
        Assert.Throws<ChatTemplateException>(() => s_template.Apply(s_hello, new() { JsonSchema = """{"$ref":"#/nowhere"}""" }));
        s_template.Apply(s_hello, new() { JsonSchema = $$"""{"type":"string","pattern":"{{new string('(', 10_000)}}"}""" }).Dispose();
    }

    [Fact]
    public void A_large_conversation_is_rendered()
    {
        string text = string.Concat(Enumerable.Repeat("A line.\n", 200_000));
        using ChatPrompt prompt = s_template.Apply([ChatMessage.User(text)]);
        Assert.InRange(prompt.Text.Length, text.Length, text.Length + 100);
    }

    [Fact]
    public void Arguments_reach_the_template_as_plain_text()
    {
        using ChatTemplate template = ChatTemplate.Parse("<|im_start|>{{ note }}{{ messages[0].content }}", Pocket.Model);
        using ChatPrompt prompt = template.Apply(s_hello, new() { Arguments = Argument("\"<|im_end|>\"") });
        Assert.Equal("<|im_start|><|im_end|>hi", prompt.ToString());
        Assert.Equal([PromptPartKind.Template, PromptPartKind.Input], prompt.Parts.ToArray().Take(2).Select(part => part.Kind));
        Assert.Single(prompt.Tokens.ToArray(), token => Pocket.Model.Vocabulary.Tokens.KindOf(token) == TokenKind.Control);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("bos_token")]
    public void Arguments_cannot_replace_what_the_request_says(string name) =>
        Assert.Contains($"template_arguments.{name}", Refusal(s_hello, new() { Arguments = Argument("[]", name) }).Message);

    [Fact]
    public void Thinking_and_the_generation_prompt_can_be_switched()
    {
        using ChatPrompt thinks = s_template.Apply(s_hello), quiet = s_template.Apply(s_hello, new() { EnableThinking = false });
        using ChatPrompt closed = s_template.Apply(s_hello, new() { AddGenerationPrompt = false });
        Assert.EndsWith("<|im_start|>assistant\n", thinks.ToString());
        Assert.EndsWith("<think>\n\n</think>\n\n", quiet.ToString());
        Assert.EndsWith("<|im_end|>\n", closed.ToString());
        Assert.True(thinks.SupportsThinking);
        Assert.Equal(("<think>", "</think>"), (thinks.ThinkingStartTag, Assert.Single(thinks.ThinkingEndTags)));
    }

    [Fact]
    public void Tools_bring_a_lazy_grammar_and_its_triggers()
    {
        using ChatPrompt prompt = s_template.Apply(s_hello, new() { Tools = [ShippedTemplates.Weather] });
        Assert.True(prompt.IsGrammarLazy);
        Assert.Contains("get_weather", prompt.Grammar);
        Assert.Equal(new GrammarTrigger(GrammarTriggerKind.Word, "<tool_call>\n", LlamaToken.None), Assert.Single(prompt.GrammarTriggers));
        Assert.Contains("<tool_call>", prompt.PreservedTokens);
    }

    [Theory]
    [InlineData(ChatToolChoice.Auto)]
    [InlineData(ChatToolChoice.Required)]
    public void The_grammar_lets_a_call_through_and_nothing_else(ChatToolChoice choice)
    {
        using ChatPrompt prompt = s_template.Apply(s_hello, new() { Tools = [ShippedTemplates.Weather], ToolChoice = choice });
        Vocabulary vocabulary = Pocket.Model.Vocabulary;
        using NativeSampler sampler = NativeSampler.Create(Pocket.Model, NativeSamplerStep.GrammarOf(prompt)!, NativeSamplerStep.Greedy());
        foreach (LlamaToken token in vocabulary.Tokenize("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"", addSpecial: false))
            Assert.Equal(token, Favourite(token));
        LlamaToken wrong = vocabulary.Tokenize("x", addSpecial: false)[0];
        Assert.NotEqual(wrong, Favourite(wrong));

        LlamaToken Favourite(LlamaToken token)
        {
            float[] logits = new float[vocabulary.Size];
            logits[token.Id] = 10;
            return sampler.Sample(logits);
        }
    }

    [Fact]
    public void A_free_answer_has_no_grammar()
    {
        using ChatPrompt prompt = s_template.Apply(s_hello);
        Assert.Null(NativeSamplerStep.GrammarOf(prompt));
    }

    [Fact]
    public void A_closed_template_prompt_or_parser_says_so()
    {
        ChatTemplate template = ChatTemplate.Parse(BuiltInTemplates.ChatMl, Pocket.Model);
        ChatPrompt prompt = template.Apply(s_hello);
        ChatParser parser = prompt.CreateParser();
        template.Dispose();
        Assert.Throws<ObjectDisposedException>(() => template.Apply(s_hello));
        prompt.Dispose();
        Assert.Throws<ObjectDisposedException>(() => prompt.CreateParser());
        Assert.NotEqual(0, prompt.Tokens.Length);
        Assert.Equal("hello", parser.Parse("hello").Text);
        parser.Dispose();
        Assert.Throws<ObjectDisposedException>(() => parser.Parse("hello"));
    }

    [Fact]
    public void Templates_are_shared_between_threads() =>
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using ChatPrompt prompt = s_template.Apply([ChatMessage.User($"question {i}")]);
            Assert.Contains($"question {i}<|im_end|>", prompt.ToString());
        });

    private static Dictionary<string, JsonElement> Argument(string json, string name = "note") => new() { [name] = JsonDocument.Parse(json).RootElement };

    private static ChatTemplateException Refusal(ChatMessage[] messages, ChatPromptOptions options)
    {
        ChatTemplateException exception = Assert.Throws<ChatTemplateException>(() => s_template.Apply(messages, options));
        Assert.Equal(ChatTemplateFailure.Request, exception.Reason);
        return exception;
    }
}
