using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>The prompts of recipes: a system and a user message in a model's own chat template.</summary>
internal static class RecipePrompt
{
    private static readonly ConditionalWeakTable<LlamaModel, ChatTemplate> s_templates = [];

    /// <summary>The template that the model's file brings, made once a model.</summary>
    internal static ChatTemplate TemplateOf(LlamaModel model) => s_templates.GetValue(model, ChatTemplate.FromModel);

    internal static ChatPrompt Apply(LlamaEngine engine, ChatTemplate? template, string system, string user) =>
        (template ?? TemplateOf(engine.Model)).Apply([ChatMessage.System(system), ChatMessage.User(user)], new ChatPromptOptions { EnableThinking = false });
}
