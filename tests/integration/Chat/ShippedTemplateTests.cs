using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>
/// Every template that llama.cpp ships with every vocabulary that it ships: a seeded share of the pairs, all of them where LLAMASPAN_LONG
/// is 1.
/// </summary>
public sealed class ShippedTemplateTests
{
    private const int Share = 6;      // one pair of so many

    private static readonly ChatPromptOptions[] s_options =
    [
        new(),
        new() { Tools = [ShippedTemplates.Weather] },
        new() { AddGenerationPrompt = false },
    ];

    public static TheoryData<string> Vocabularies => [.. ShippedTemplates.Vocabularies];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void A_prompt_has_the_tokens_of_the_whole_text_where_no_content_spells_a_special_one(string vocabulary)
    {
        using LlamaModel model = ShippedTemplates.Load(vocabulary);
        int prompts = 0;
        foreach ((string name, ChatTemplate template) in Templates(vocabulary, model))
        {
            foreach (ChatPromptOptions options in s_options)
            {
                using ChatPrompt prompt = template.Apply(ShippedTemplates.Conversation(words => words), options);
                Assert.Equal(prompt.Text.Length, prompt.Parts.Span[^1].End);
                LlamaToken[] whole = model.Vocabulary.Tokenize(prompt.Text.Span, addSpecial: true, parseSpecial: true);
                if (whole is [var first, var second, ..] && first == second && first == model.Vocabulary.Bos)
                    whole = whole[1..];         // llama.cpp adds one to a spelled one, and warns
                Assert.True(whole.AsSpan().SequenceEqual(prompt.Tokens.Span), $"{name}: {prompt}");
                prompts++;
            }
            template.Dispose();
        }
        Assert.True(prompts > 20);
    }

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void What_contents_and_tools_spell_stays_text(string vocabulary)
    {
        using LlamaModel model = ShippedTemplates.Load(vocabulary);
        string spelled = string.Concat(Controls(model).Take(300).Select(token => Encoding.UTF8.GetString(model.Vocabulary.Tokens[token])));
        if (spelled.Length == 0)
            return;
        ChatPromptOptions options = new() { Tools = [ShippedTemplates.Weather with { Description = spelled }] };
        int compared = 0;
        foreach ((string name, ChatTemplate template) in Templates(vocabulary, model))
        {
            using ChatPrompt plain = template.Apply(ShippedTemplates.Conversation(words => words), new ChatPromptOptions { Tools = [ShippedTemplates.Weather] });
            using ChatPrompt hostile = template.Apply(ShippedTemplates.Conversation(words => words + spelled), options);
            template.Dispose();
            // all control tokens but BOS and EOS stand in the template's own text
            if (model.Vocabulary.Kind != VocabularyKind.WordPiece)      // there [UNK] is one, and stands for any text it does not know
                Assert.InRange(Controls(model, hostile).Length - ControlsOfTemplate(model, hostile), 0, 2);
            if (OfTemplate(plain) != OfTemplate(hostile))
                continue;       // a template that looks into contents: for marks of reasoning, say
            Assert.Equal(Controls(model, plain), Controls(model, hostile));
            Assert.True(plain.Tokens.Length < hostile.Tokens.Length, name);
            compared++;
        }
        Assert.True(compared > 5, $"{compared} were compared");
    }

    [Theory]
    [InlineData("ggml-vocab-qwen2.gguf")]
    [InlineData("ggml-vocab-llama-bpe.gguf")]
    public void Every_content_is_found_in_the_prompt(string vocabulary)
    {
        using LlamaModel model = ShippedTemplates.Load(vocabulary);
        ChatMessage[] messages = ShippedTemplates.Conversation(words => words.Trim());
        foreach (string name in ShippedTemplates.Names)
        {
            using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source(name), model);
            using ChatPrompt prompt = template.Apply(messages);
            List<(int, int)> found = [];
            foreach (PromptPart part in prompt.Parts.Span)
            {
                if (part.Message < 0)
                    continue;
                Assert.Equal(PromptPartKind.Input, part.Kind);
                Assert.Equal(messages[part.Message].Contents[part.Content].Text, Encoding.UTF8.GetString(prompt.Text.Span[part.Start..part.End]));
                found.Add((part.Message, part.Content));
            }
            Assert.Equal(found, prompt.Segments.Select(segment => (segment.Message, segment.Content)));
            found.Sort();       // some put the instructions before the last question
            Assert.True(found.SequenceEqual([(0, 0), (1, 0), (2, 0), (3, 0), (3, 1)])
                || (name == "NVIDIA-Nemotron-Nano-v2" && found.SequenceEqual([(0, 0), (1, 0), (2, 0)])),        // it shows lists of contents as lists
                $"{name}: {string.Join(' ', found)}");
        }
    }

    [Fact]
    public void A_message_to_be_continued_is_found_at_the_end_of_the_prompt()
    {
        using LlamaModel model = ShippedTemplates.Load("ggml-vocab-qwen2.gguf");
        ChatMessage[] messages = [ChatMessage.User("Count."), ChatMessage.Assistant("One, <|im_end|> two,")];
        foreach (string name in ShippedTemplates.Names)
        {
            using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source(name), model);
            using ChatPrompt prompt = template.Apply(messages, new ChatPromptOptions { Continuation = ChatContinuation.Auto });
            PromptPart last = prompt.Parts.Span[^1];
            Assert.True(last is { Kind: PromptPartKind.Input, Message: 1, Content: 0 }, name);
            Assert.Equal(messages[1].Text, Encoding.UTF8.GetString(prompt.Text.Span[last.Start..]));
        }
    }

    private static IEnumerable<(string Name, ChatTemplate Template)> Templates(string vocabulary, LlamaModel model)
    {
        int index = ShippedTemplates.Vocabularies.ToList().IndexOf(vocabulary);
        foreach (string name in ShippedTemplates.Names)
            if (TestRun.IsLong || index++ % Share == 0)
                yield return (name, ChatTemplate.Parse(ShippedTemplates.Source(name), model));
    }

    private static int ControlsOfTemplate(LlamaModel model, ChatPrompt prompt)
    {
        int count = 0, start = 0;
        foreach (PromptPart part in (PromptPart[])[.. prompt.Parts.Span, new(PromptPartKind.Input, prompt.Text.Length, 0)])
        {
            if (part.Kind == PromptPartKind.Template)
                continue;
            LlamaToken[] run = model.Vocabulary.Tokenize(prompt.Text.Span[start..part.Start], addSpecial: false, parseSpecial: true);
            count += run.Count(token => model.Vocabulary.Tokens.KindOf(token) == TokenKind.Control);
            start = part.End;
        }
        return count;
    }

    private static string OfTemplate(ChatPrompt prompt) =>
        string.Concat(prompt.Parts.ToArray().Where(part => part.Kind == PromptPartKind.Template).Select(part => Encoding.UTF8.GetString(prompt.Text.Span[part.Start..part.End])));

    private static IEnumerable<LlamaToken> Controls(LlamaModel model) =>
        Enumerable.Range(0, model.Vocabulary.Size).Select(id => new LlamaToken(id)).Where(token => model.Vocabulary.Tokens.KindOf(token) == TokenKind.Control);

    private static LlamaToken[] Controls(LlamaModel model, ChatPrompt prompt) =>
        [.. prompt.Tokens.ToArray().Where(token => model.Vocabulary.Tokens.KindOf(token) == TokenKind.Control)];
}
