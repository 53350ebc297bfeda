using System.Text.RegularExpressions;
using LlamaSpan.TestSupport.Pocket;
using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public class RagPromptTests
{
    [Theory]
    [InlineData("rag", false)]
    [InlineData("rag_json", true)]
    public void Words_prompts_as_the_pocket_model_learned_them(string task, bool json)
    {
        PocketPrompt[] prompts = [.. PocketFiles.Prompts().Where(prompt => prompt.Task == task)];
        Assert.Equal(20, prompts.Length);
        foreach (PocketPrompt prompt in prompts)
        {
            string user = prompt.Messages[1].Content;
            MatchCollection documents = Regex.Matches(user, @"^\[DOC \d+\]\n(.*)$", RegexOptions.Multiline);
            Passage[] passages = [.. documents.Select(match => new Passage("a.txt", 1, 1, match.Groups[1].Value))];
            string question = user[(user.LastIndexOf("Question: ", StringComparison.Ordinal) + "Question: ".Length)..];
            Assert.Equal(user, RagPrompt.User(passages, question, json));
            Assert.Equal(RagPrompt.System, prompt.Messages[0].Content);
        }
    }

    [Fact]
    public void Other_models_are_reminded_of_the_best_passage_after_the_same_documents()
    {
        Passage[] passages = [new("a.txt", 1, 1, "One."), new("b.txt", 1, 1, "Two.")];
        string reminded = RagPrompt.UserReminded(passages, passages[0], "Which?", json: false);
        Assert.StartsWith("[DOC 1]\nOne.\n\n[DOC 2]\nTwo.\n\nMost relevant:\nOne.\n\n", reminded);
        Assert.EndsWith("\nQuestion: Which?\nAnswer:", reminded);
        Assert.Contains("JSON", RagPrompt.UserReminded(passages, passages[0], "Which?", json: true));
    }
}
