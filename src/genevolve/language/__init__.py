"""Words that several parts must agree on: numbers, nouns, colours, positions, ordinals, quoted text, typefaces.

It knows single words and phrases only. Whoever reads whole requests or prompts
does so by rules of their own.
"""
