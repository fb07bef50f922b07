/**
 * Every field of an object whose fields are getters of its class, with its value: for JSON and for whoever wants a copy. Fields of its
 * own come first.
 */
export function fieldsOf(object: object): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...object }
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
  for (const [name, getter] of getters) if (getter.get !== undefined) fields[name] = Reflect.get(object, name)
  return fields
}
