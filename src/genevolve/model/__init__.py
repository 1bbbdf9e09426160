"""Models of transformers in this process: loading, chat as token ids, pictures as features, sampling.

Nothing is imported here, so that the package stays light: `extra` needs no
framework, every other module needs those of `pip install "genevolve[train]"`.
"""
