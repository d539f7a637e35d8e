"""Whose work the English Web Treebank is: the notice that its licence asks for."""

EWT_ATTRIBUTION = """\
# Attribution

The sentences in this folder are the **Universal Dependencies English Web Treebank**, release 1.2,
licensed under Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0); the text
of the licence is in `LICENSE.txt`. Whoever passes them on, changed or not, does so under the same
licence and keeps this notice.

- **The treebank**: Natalia Silveira, Timothy Dozat, Marie-Catherine de Marneffe, Samuel Bowman,
  Miriam Connor, John Bauer and Christopher D. Manning. 2014. *A Gold Standard Dependency Corpus
  for English*. LREC 2014. The text beneath it is that of the English Web Treebank of the
  Linguistic Data Consortium (LDC2012T13).
- **The release**: Universal Dependencies 1.2, November 2015, whose labels and splits are kept.
- **The carrier**: Universal Decompositional Semantics in the Python package decomp 0.3.2. Aaron
  Steven White et al. 2020. *The Universal Decompositional Semantics Dataset and Decomp Toolkit*.
  LREC 2020.

What was changed: of each sentence its identifier, document and genre were kept, and of each word
the form, lemma, universal and language-specific part of speech (UPOS, XPOS), head and dependency
relation.
All other annotation was left out, and the format is Parquet. Nothing that was kept was altered.
"""
