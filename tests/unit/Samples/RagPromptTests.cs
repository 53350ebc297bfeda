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
}
