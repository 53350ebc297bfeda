using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlamaSpan;

/// <summary>How capsules are written.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(BiasConverter), typeof(NoThreadPool)])]
[JsonSerializable(typeof(CapsuleContent))]
internal sealed partial class CapsuleJson : JsonSerializerContext
{
    /// <summary>A bias as pairs of token and number.</summary>
    internal sealed class BiasConverter : JsonConverter<IReadOnlyDictionary<LlamaToken, float>>
    {
        public override IReadOnlyDictionary<LlamaToken, float> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            Dictionary<LlamaToken, float> bias = [];
            while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            {
                LlamaToken token = new(reader.GetInt32());
                reader.Read();
                bias[token] = reader.TokenType == JsonTokenType.Number ? reader.GetSingle() : float.NegativeInfinity;
            }
            return bias;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<LlamaToken, float> value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach ((LlamaToken token, float bias) in value)
            {
                writer.WriteNumberValue(token.Id);
                if (float.IsFinite(bias))
                    writer.WriteNumberValue(bias);
                else
                    writer.WriteStringValue("-Infinity");
            }
            writer.WriteEndArray();
        }
    }

    /// <summary>A replay computes with threads of its own.</summary>
    internal sealed class NoThreadPool : JsonConverter<LlamaThreadPool>
    {
        public override LlamaThreadPool? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return null;
        }

        public override void Write(Utf8JsonWriter writer, LlamaThreadPool value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}
