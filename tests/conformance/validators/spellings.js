// A schema that declares no dialect is read as 2020-12 plus draft 7's spellings. The validators know no such mixture, so the spellings
// are rewritten: array-valued items, additionalItems, dependencies. Only schemas are visited, never the data in enum, const, default.

const ONE = ["additionalProperties", "propertyNames", "contains", "not", "if", "then", "else", "items", "additionalItems",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema"];
const LIST = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const MAP = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

const isObject = value => typeof value === "object" && value !== null && !Array.isArray(value);

export function withDraft7Spellings(schema) {
    if (!isObject(schema)) return schema;
    const spelled = { ...schema };
    for (const keyword of ONE)
        if (isObject(spelled[keyword])) spelled[keyword] = withDraft7Spellings(spelled[keyword]);
    for (const keyword of LIST)
        if (Array.isArray(spelled[keyword])) spelled[keyword] = spelled[keyword].map(withDraft7Spellings);
    for (const keyword of MAP)
        if (isObject(spelled[keyword]))
            spelled[keyword] = Object.fromEntries(Object.entries(spelled[keyword]).map(([name, value]) => [name, withDraft7Spellings(value)]));
    if (Array.isArray(spelled.items)) {
        spelled.prefixItems = spelled.items;
        delete spelled.items;
        if ("additionalItems" in spelled) spelled.items = spelled.additionalItems;
        if (spelled.prefixItems.length === 0) delete spelled.prefixItems;
    }
    delete spelled.additionalItems;
    if (isObject(spelled.dependencies)) {
        for (const [name, value] of Object.entries(spelled.dependencies)) {
            const keyword = Array.isArray(value) ? "dependentRequired" : "dependentSchemas";
            spelled[keyword] = { ...spelled[keyword], [name]: value };
        }
        delete spelled.dependencies;
    }
    return spelled;
}
