using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Metadata overrides as llama.cpp takes them.</summary>
internal static unsafe class KvOverrideList
{
    /// <summary>The entries, ended by one with an empty key; null for none.</summary>
    internal static llama_model_kv_override* Write(NativeArena arena, IReadOnlyList<KvOverride> overrides)
    {
        if (overrides.Count == 0)
            return null;
        llama_model_kv_override* entries = arena.Allocate<llama_model_kv_override>(overrides.Count + 1);      // ended by an empty key
        for (int i = 0; i < overrides.Count; i++)
        {
            KvOverride source = overrides[i];
            llama_model_kv_override* entry = entries + i;
            Encoding.UTF8.GetBytes(source.Key, (Span<byte>)entry->key);
            switch (source.Kind)
            {
                case KvOverrideKind.Integer:
                    entry->tag = llama_model_kv_override_type.LLAMA_KV_OVERRIDE_TYPE_INT;
                    entry->val_i64 = source.Integer;
                    break;
                case KvOverrideKind.Number:
                    entry->tag = llama_model_kv_override_type.LLAMA_KV_OVERRIDE_TYPE_FLOAT;
                    entry->val_f64 = source.Number;
                    break;
                case KvOverrideKind.Boolean:
                    entry->tag = llama_model_kv_override_type.LLAMA_KV_OVERRIDE_TYPE_BOOL;
                    entry->val_bool = source.Boolean;
                    break;
                default:
                    entry->tag = llama_model_kv_override_type.LLAMA_KV_OVERRIDE_TYPE_STR;
                    Encoding.UTF8.GetBytes(source.Text, entry->val_str);
                    break;
            }
        }
        return entries;
    }
}
