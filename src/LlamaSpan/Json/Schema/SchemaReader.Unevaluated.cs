namespace LlamaSpan;

/// <content>unevaluatedProperties and unevaluatedItems.</content>
internal sealed partial class SchemaReader
{
    private void ReadUnevaluated(SchemaPlace place, List<Expr> parts)
    {
        if (!_dialect.HasModern())
            return;
        foreach (string keyword in (ReadOnlySpan<string>)["unevaluatedProperties", "unevaluatedItems"])
            if (Schema(place, keyword) is { } schema && schema != ExprPool.True)
                throw new GrammarException($"cannot enforce {keyword}", place.Pointer, keyword);
    }
}
