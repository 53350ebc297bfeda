using System.Text.RegularExpressions;
using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.UnitTests.Recipes;

public class RagPromptTests
{
    [Theory]
    [InlineData("rag", false)]
    [InlineData("rag_json", true)]
    public void Words_prompts_as_the_pocket_model_learned_them(string task, bool quote)
    {
        PocketPrompt[] prompts = [.. PocketFiles.Prompts().Where(prompt => prompt.Task == task)];
        Assert.Equal(20, prompts.Length);
        foreach (PocketPrompt prompt in prompts)
        {
            string user = prompt.Messages[1].Content;
            string[] documents = [.. Regex.Matches(user, @"^\[DOC \d+\]\n(.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
            string question = user[(user.LastIndexOf("Question: ", StringComparison.Ordinal) + "Question: ".Length)..];
            Assert.Equal(user, RagPrompt.UserText(question, documents, new RagOptions { Quote = quote }));
            Assert.Equal(RagPrompt.SystemText, prompt.Messages[0].Content);
        }
    }

    [Fact]
    public void A_reminder_stands_between_the_same_documents_and_the_question()
    {
        string reminded = RagPrompt.UserText("Which?", ["One.", "Two."], new RagOptions { Quote = false, Reminder = "One." });
        Assert.StartsWith("[DOC 1]\nOne.\n\n[DOC 2]\nTwo.\n\nMost relevant:\nOne.\n\n", reminded);
        Assert.EndsWith("\nQuestion: Which?\nAnswer:", reminded);
        Assert.Contains("JSON", RagPrompt.UserText("Which?", [], new RagOptions { Reminder = "One." }));
    }

    [Fact]
    public void Says_which_document_is_missing() =>
        Assert.Contains("Document 1 of 2", Assert.Throws<ArgumentException>(() => RagPrompt.UserText("?", ["a", null!])).Message);
}
