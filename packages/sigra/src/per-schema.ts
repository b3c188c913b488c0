/** Prepares SQL once for each schema name, since the name is the host's to choose. */

/** Wraps a maker of statements so that it runs once for each quoted schema name. */
export function perSchema<Made>(make: (quotedSchema: string) => Made): (quotedSchema: string) => Made {
  const made = new Map<string, Made>()
  return (quotedSchema) => {
    let value = made.get(quotedSchema)
    if (value === undefined) {
      value = make(quotedSchema)
      made.set(quotedSchema, value)
    }
    return value
  }
}
