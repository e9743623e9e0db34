"""What runs inside the Rasa process: language understanding, the input channel, the tracker store."""
