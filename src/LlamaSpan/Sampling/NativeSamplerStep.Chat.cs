using System.Text;
using System.Text.RegularExpressions;
using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class NativeSamplerStep
{
    /// <summary>
    /// The grammar that a chat prompt asks its answer to keep: of the tool calls, or of <see cref="ChatPromptOptions.JsonSchema"/>. For one
    /// answer, then a new chain is made (common_sampler_init in llama.cpp's common/sampling.cpp).
    /// </summary>
    /// <returns>The step, or null where the answer is free.</returns>
    /// <exception cref="GbnfException">A repetition is out of bounds. Other faults show when the chain is made.</exception>
    public static NativeSamplerStep? GrammarOf(ChatPrompt prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.Grammar.Length == 0)
            return null;
        if (prompt.IsGrammarLazy)
        {
            return LazyGrammar(prompt.Grammar,
                [.. prompt.GrammarTriggers.Where(trigger => trigger.Kind != GrammarTriggerKind.Token).Select(PatternOf)],
                [.. prompt.GrammarTriggers.Where(trigger => trigger.Kind == GrammarTriggerKind.Token).Select(trigger => trigger.Token)]);
        }
        NativeSamplerStep grammar = Grammar(prompt.Grammar);
        LlamaToken[] start = StartOfAnswer(prompt);
        return new("grammar", (model, native) =>
        {
            llama_sampler* made = grammar.Make(model, native);
            foreach (LlamaToken token in start)
            {
                if (NativeMethods.llamaspan_sampler_accept(native, made, token) == 0)
                    continue;
                string why = NativeGuard.LastError();
                NativeMethods.llama_sampler_free(made);
                throw new GbnfException($"The grammar does not begin with the prompt's end, {prompt.GenerationPrompt}: {why}");
            }
            return made;
        });
    }

    private static string PatternOf(GrammarTrigger trigger) => trigger.Kind switch
    {
        GrammarTriggerKind.Word => EcmaScriptSpecial().Replace(trigger.Value, @"\$&"),
        GrammarTriggerKind.FullPattern => trigger.Value.Length == 0
            ? "^$"
            : (trigger.Value[0] == '^' ? "" : "^") + trigger.Value + (trigger.Value[^1] == '$' ? "" : "$"),
        _ => trigger.Value,
    };

    /// <summary>The tokens of the generation prompt, without a space that the tokenizer put in front.</summary>
    private static LlamaToken[] StartOfAnswer(ChatPrompt prompt)
    {
        byte[] text = Encoding.UTF8.GetBytes(prompt.GenerationPrompt);
        LlamaToken[] tokens = prompt.Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: true);
        bool isSpace = tokens is [var first, ..] && prompt.Vocabulary.Tokens[first] is [(byte)' ', ..] && text[0] != (byte)' ';
        return isSpace ? tokens[1..] : tokens;
    }

    [GeneratedRegex(@"[.^$|()*+?\[\]{}\\]")]
    private static partial Regex EcmaScriptSpecial();
}
