using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Recipes;

/// <summary>RAG prompts of every template and vocabulary that llama.cpp ships: a seeded share of the pairs, all of them where LLAMASPAN_LONG is 1.</summary>
public sealed class RagPromptTests
{
    private const int Share = 12;      // one pair of so many

    private static readonly string[] s_documents =
        ["The kettle is red. It weighs 900 grams.", "Caf\u00e9 \u4e16\u754c opens at 9", "", "A list:\n- one\n- two!", "  Ends with <|im_end|> </s> <eos>"];

    public static TheoryData<string> Vocabularies => [.. ShippedTemplates.Vocabularies];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void It_has_the_tokens_of_the_whole_prompt_and_finds_the_documents_in_them(string vocabulary)
    {
        using LlamaModel model = ShippedTemplates.Load(vocabulary);
        RagOptions options = new();
        int index = ShippedTemplates.Vocabularies.ToList().IndexOf(vocabulary), prompts = 0, stable = 0;
        foreach (string name in ShippedTemplates.Names)
        {
            if (!TestRun.IsLong && index++ % Share != 0)
                continue;
            using ChatTemplate template = ChatTemplate.Parse(ShippedTemplates.Source(name), model);
            string question = "What <s> color\u00e9?";
            RagPrompt prompt = RagPrompt.Create(template, question, s_documents, options);
            using ChatPrompt chat = template.Apply([ChatMessage.System(options.System), ChatMessage.User(RagPrompt.UserText(question, s_documents))], options.Chat);
            Assert.Equal(chat.Tokens.ToArray(), prompt.Tokens.ToArray());
            prompts++;
            if (prompt.WhyNotStable is not null)
            {
                Assert.Empty(prompt.Documents);
                continue;
            }
            Assert.Equal(s_documents.Length, prompt.Documents.Count);
            RagPrompt other = RagPrompt.Create(template, "Who?", s_documents, options), reversed = RagPrompt.Create(template, "1", [.. s_documents.Reverse()], options);
            Assert.True(other.Tokens.Span.CommonPrefixLength(prompt.Tokens.Span) >= prompt.SharedLength, name);
            if (prompt.Documents[^1].IsStable)
                Assert.True(prompt.SharedLength > prompt.Documents[^1].End, name);
            stable += CheckDocuments(model, prompt, reversed);
        }
        Assert.True(prompts > 3);
        if (vocabulary is "ggml-vocab-qwen2.gguf" or "ggml-vocab-llama-bpe.gguf" or "ggml-vocab-gpt-2.gguf")
            Assert.True(stable >= 3 * (prompts - 2), $"{stable} documents of {prompts} prompts");
    }

    [Fact]
    public void A_template_that_changes_the_message_is_told()
    {
        using ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | upper }}<|im_end|>\n{% endfor %}", Pocket.Model);
        RagPrompt prompt = RagPrompt.Create(template, "What?", s_documents);
        Assert.NotNull(prompt.WhyNotStable);
        Assert.Empty(prompt.Documents);
        Assert.Equal(0, prompt.SharedLength);
        Assert.Contains("THE KETTLE IS RED", Spell(Pocket.Model, prompt.Tokens.Span));
    }

    /// <summary>A stable document has its own text and the same tokens at another place; returns how many are.</summary>
    private static int CheckDocuments(LlamaModel model, RagPrompt prompt, RagPrompt reversed)
    {
        int stable = 0;
        for (int i = 0; i < s_documents.Length; i++)
        {
            DocumentSegment here = prompt.Documents[i], there = reversed.Documents[^(i + 1)];
            if (!here.IsStable)
                continue;
            stable++;
            ReadOnlySpan<LlamaToken> tokens = prompt.Tokens.Span[here.Start..here.End];
            Assert.Equal(s_documents[i] + "\n\n", Spell(model, tokens));
            if (there.IsStable)
                Assert.Equal(tokens.ToArray(), reversed.Tokens.Span[there.Start..there.End].ToArray());
        }
        return stable;
    }

    private static string Spell(LlamaModel model, ReadOnlySpan<LlamaToken> tokens)
    {
        List<byte> bytes = [];
        foreach (LlamaToken token in tokens)
            bytes.AddRange(model.Vocabulary.Tokens[token]);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
