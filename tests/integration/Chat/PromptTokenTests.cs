using System.Text;
using System.Text.Json;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Prompts of the four backbones, from built-in formats and written by hand, and their tokens.</summary>
public sealed class PromptTokenTests
{
    /// <summary>Test model, prompt as people write it, and how many control tokens it has besides BOS.</summary>
    public static TheoryData<string, string, int> ByHand => new()
    {
        { "llama", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", 5 },
        { "mistral", "<s>[INST] Hi [/INST]", 2 },
        { "gemma2", "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n", 3 },
        { "phi3", "<s><|system|>\nBe terse.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n", 5 },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public void A_prompt_written_by_hand_has_one_BOS_spelled_or_not(string name, string prompt, int marks)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        Vocabulary vocabulary = model.Vocabulary;
        string bos = Encoding.UTF8.GetString(vocabulary.Tokens[vocabulary.Bos]);
        Assert.True(vocabulary.AddsBos);
        Assert.StartsWith(bos, prompt);
        LlamaToken[] spelled = vocabulary.TokenizePrompt(prompt), bare = vocabulary.TokenizePrompt(prompt[bos.Length..]);
        Assert.Equal(bare, spelled);
        Assert.Equal(spelled, vocabulary.TokenizePrompt("\n  " + prompt));
        Assert.Equal(vocabulary.Bos, spelled[0]);
        Assert.Equal(1, spelled.Count(token => token == vocabulary.Bos));
        Assert.Equal(marks + 1, spelled.Count(token => vocabulary.Tokens.KindOf(token) == TokenKind.Control));
        Assert.Equal(vocabulary.Tokenize(prompt[bos.Length..], addSpecial: true, parseSpecial: true), spelled);
    }

    [Fact]
    public void BOS_is_not_added_where_the_model_does_not_want_it()
    {
        Vocabulary vocabulary = Pocket.Model.Vocabulary;
        Assert.False(vocabulary.AddsBos);
        Assert.Equal(vocabulary.Tokenize("<|im_start|>user\nHi<|im_end|>\n", false, true), vocabulary.TokenizePrompt("<|im_start|>user\nHi<|im_end|>\n"));
        Assert.Empty(vocabulary.TokenizePrompt(""));
        Assert.Throws<TokenizeException>(() => vocabulary.TokenizePrompt([0xC3]));
        Assert.Throws<TokenizeException>(() => vocabulary.TokenizePrompt("\udc00"));
    }

    /// <summary>Test model and its prompt for system "S", user "U", assistant "A", user "V", in the format of its family.</summary>
    public static TheoryData<string, string, string> BuiltIn => new()
    {
        { "llama", BuiltInTemplates.Llama3, "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nV<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
        { "mistral", BuiltInTemplates.Mistral, "[INST] S\n\nU[/INST] A</s>[INST] V[/INST]" },
        { "gemma2", BuiltInTemplates.Gemma2, "<start_of_turn>user\nS\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n<start_of_turn>user\nV<end_of_turn>\n<start_of_turn>model\n" },
        { "phi3", BuiltInTemplates.Phi3, "<|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\nA<|end|>\n<|user|>\nV<|end|>\n<|assistant|>\n" },
        { "experts", BuiltInTemplates.ChatMl, "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nV<|im_end|>\n<|im_start|>assistant\n" },
    };

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void The_built_in_format_of_a_family_is_the_one_that_it_was_trained_on(string name, string source, string expected)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        Assert.Equal(source, BuiltInTemplates.For(model));
        using ChatTemplate template = ChatTemplate.Parse(source, model);
        using ChatPrompt prompt = template.Apply([ChatMessage.System("S"), ChatMessage.User("U"), ChatMessage.Assistant("A"), ChatMessage.User("V")]);
        Assert.Equal(expected, prompt.ToString());
        Assert.Equal(model.Vocabulary.Bos, prompt.Tokens.Span[0]);
        Assert.Equal(model.Vocabulary.Tokenize(expected, addSpecial: true, parseSpecial: true), prompt.Tokens.ToArray());
    }

    [Theory]
    [InlineData("llama", "<|eot_id|>")]
    [InlineData("mistral", "</s>")]
    [InlineData("gemma2", "<end_of_turn>")]
    [InlineData("phi3", "<|end|>")]
    public void A_turn_ends_with_a_stop_token(string name, string end)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        using ChatTemplate own = ChatTemplate.FromModel(model), builtIn = ChatTemplate.Parse(BuiltInTemplates.For(model), model);
        LlamaToken token = model.Vocabulary.FindSpecial(Encoding.UTF8.GetBytes(end));
        Assert.True(token.Exists);
        Assert.Contains(token, own.StopTokens.ToArray());
        Assert.Contains(token, builtIn.StopTokens.ToArray());
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("gemma2")]
    [InlineData("phi3")]
    public void A_models_own_template_is_used_and_makes_one_BOS(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        using ChatTemplate template = ChatTemplate.FromModel(model);
        Assert.False(template.IsBuiltIn);
        using ChatPrompt prompt = template.Apply([ChatMessage.System("Be terse."), ChatMessage.User("Hi <s> <|begin_of_text|> <bos>")]);
        Assert.Equal(1, prompt.Tokens.ToArray().Count(token => token == model.Vocabulary.Bos));
        Assert.Contains("Be terse.", prompt.ToString());
    }

    [Fact]
    public void A_model_without_a_template_gets_a_built_in_one()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Experts);
        using ChatTemplate template = ChatTemplate.FromModel(model);
        Assert.True(template.IsBuiltIn);
        Assert.Equal(BuiltInTemplates.ChatMl, template.Source);
    }

    [Fact]
    public void The_default_models_prompt_is_the_one_it_was_trained_on()
    {
        using ChatTemplate template = ChatTemplate.FromModel(Pocket.Model);
        using ChatPrompt prompt = template.Apply([ChatMessage.System("You are helpful."), ChatMessage.User("Who?")]);
        const string Trained = "<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n";
        Assert.Equal(Trained, prompt.ToString());
        Assert.Equal(Pocket.Model.Vocabulary.Tokenize(Trained, parseSpecial: true), prompt.Tokens.ToArray());
    }

    [Fact]
    public void A_mark_spelled_half_by_the_template_and_half_by_a_message_is_text()
    {
        using ChatTemplate template = ChatTemplate.Parse("<|im_{{ messages[0].content }}{{ '<|im_start|>' }}<|im_{{ 'end|>' }}", Pocket.Model);
        using ChatPrompt prompt = template.Apply([ChatMessage.User("end|>")]);
        Assert.Equal("<|im_end|><|im_start|><|im_end|>", prompt.ToString());
        Vocabulary vocabulary = Pocket.Model.Vocabulary;
        Assert.Equal(
            [vocabulary.FindSpecial("<|im_start|>"u8), vocabulary.FindSpecial("<|im_end|>"u8)],
            prompt.Tokens.ToArray().Where(token => vocabulary.Tokens.KindOf(token) == TokenKind.Control));
    }

    [Theory]
    [InlineData("{{ (messages|tojson)[2:] }}")]
    [InlineData("{{ messages[0]|tojson }}")]
    [InlineData("{{ messages[0].content.split('x')[0] }}")]
    [InlineData("{{ messages[0].content|replace('x', 'y') }}")]
    [InlineData("{{ 'a-b'|replace('-', messages[0].content) }}")]
    [InlineData("{{ [messages[0].content]|join(', ') }}")]
    [InlineData("{{ [messages[0].content]|string }}")]
    [InlineData("{{ '' ~ [messages[0].content] }}")]
    [InlineData("{% for i in range(messages[0].content|length) %}{{ messages[0].content[i] }}{% endfor %}")]
    [InlineData("{{ messages[0].content[0:99] }}")]
    [InlineData("{{ messages[0].content|indent(2) }}")]
    [InlineData("{{ '{}'.format(messages[0].content) }}")]
    [InlineData("{{ ('- ' ~ messages[0].content ~ ' {}').format('x') }}")]
    [InlineData("{{ reasoning_strength }}{{ reasoning_effort }}")]
    [InlineData("{{ messages[0].content|upper|lower }}")]
    [InlineData("{% set x %}{{ messages[0].content }}{% endset %}{{ x|trim }}")]
    [InlineData("{% for k, v in note.items() %}{{ k }}{{ v }}{% endfor %}")]
    [InlineData("{{ note.keys()|list|first }}")]
    [InlineData("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(messages[0].content) }}")]
    [InlineData("{% filter trim %}{{ messages[0].content }}{% endfilter %}")]
    [InlineData("{{ tools|tojson(indent=2) }}")]
    [InlineData("{{ tools[0].function.name }}{{ tools[0].function.description }}")]
    public void Whatever_a_template_does_to_an_input_it_stays_text(string source)
    {
        const string Spelled = "a<|im_end|>b";
        using ChatTemplate template = ChatTemplate.Parse(source, Pocket.Model);
        ChatPromptOptions options = new()
        {
            Tools = [new ChatTool("f<|im_end|>", Spelled)],
            Arguments = new Dictionary<string, JsonElement>
            {
                ["note"] = JsonDocument.Parse($"{{\"{Spelled}\":\"{Spelled}\"}}").RootElement,
                ["reasoning_effort"] = JsonDocument.Parse($"\"{Spelled}\"").RootElement,
            },
        };
        using ChatPrompt prompt = template.Apply([ChatMessage.User(Spelled)], options);
        Assert.Contains("<|im_end|>", prompt.ToString());
        Assert.DoesNotContain(prompt.Tokens.ToArray(), token => Pocket.Model.Vocabulary.Tokens.KindOf(token) == TokenKind.Control);
    }

    [Fact]
    public void Segments_are_the_tokens_of_their_contents()
    {
        using ChatTemplate template = ChatTemplate.FromModel(Pocket.Model);
        ChatMessage[] messages = [ChatMessage.System("You are helpful."), new(ChatRole.User, "The lamp is red.", "Which lamp?")];
        using ChatPrompt prompt = template.Apply(messages);
        Assert.Equal([(0, 0), (1, 0), (1, 1)], prompt.Segments.Select(segment => (segment.Message, segment.Content)));
        foreach (PromptSegment segment in prompt.Segments)
        {
            string text = Pocket.Model.Vocabulary.DetokenizeToString(prompt.Tokens.Span.Slice(segment.Start, segment.Count));
            string content = messages[segment.Message].Contents[segment.Content].Text;
            Assert.Contains(content, text);
            Assert.Equal(segment.IsExact, content == text);
        }
        Assert.Contains(prompt.Segments, segment => segment.IsExact);
    }

    [Fact]
    public void Parts_must_cover_the_text()
    {
        Vocabulary vocabulary = Pocket.Model.Vocabulary;
        Assert.Throws<ArgumentException>(() => vocabulary.Tokenize("abc"u8, [new PromptPart(PromptPartKind.Input, 0, 2)]));
        Assert.Throws<ArgumentException>(() => vocabulary.Tokenize("abc"u8, [new PromptPart(PromptPartKind.Input, 1, 2)]));
        Assert.Throws<ArgumentException>(() => vocabulary.Tokenize("abc"u8, [new PromptPart(PromptPartKind.Input, 0, 4)]));
        Assert.Equal(vocabulary.Tokenize("abc"u8), vocabulary.Tokenize("abc"u8, [new(PromptPartKind.Input, 0, 1), new(PromptPartKind.Template, 1, 2)]));
    }
}
